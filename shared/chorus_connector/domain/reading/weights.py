"""The weights and thresholds by which the rules decide a reading, by stage.

They are in one module so that a person sees what outweighs what. A rule adds up the weights of what speaks for a value
(evidence) or against it (cost), and gives the value only if it leads. Limits of size and counts that a rule's own words
explain are with the rule.
"""

from collections.abc import Mapping
from decimal import Decimal

# Words to lines, cells and paragraphs (paper). Heights are those of the text.

STRANGE_CHARACTERS = 0.1  # share of unprintable characters above which a text layer is unreadable
SMALL_WORDS = 0.02  # share of usual French words below which it is unreadable
USUAL_CHARACTERS = 0.6  # share of usual characters below which a page with few words is unreadable
HEIGHT_OF_NO_TEXT = 10.0  # points: the height of text on a page without any
ONE_ROW_OF_A_SCAN = 2.5  # points: heights closer than this count as one row in the search for a page's tilt
SHARPER = 1.03  # times: how much sharper the rows must be before another tilt is better
TWO_SIZES = 1.6  # times: above this two words of one row are of two sizes
ROW_OVERLAP = 0.5  # of the smaller word's height: what two words of one row share
ROW_MIDDLES = 0.45  # of the larger word's height: how far their middles are apart at most
ROW_OVERLAP_OF_TWO_SIZES = 0.6  # the same share for words of two sizes
ROW_BOTTOMS_OF_TWO_SIZES = 0.45  # of the smaller word's height: how far their bottom edges are apart at most
ROW_MIDDLES_OF_TWO_SIZES = 0.35  # of the smaller word's height: how far their middles are apart at most
PRINTED_TWICE = 0.3  # heights between the left edges of a bold word that is drawn twice
GAP_BETWEEN_CELLS = 0.85  # heights: a monospaced space is 0.55, two are 1.1
WIDER_SPACE = 1.3  # times the usual space of a line: a wider one may part two columns
MORE_THAN_A_SPACE = 0.6  # points that it is wider at least
SAME_COLUMN = 0.8  # points between the left edges of two lines of one column
ONE_WIDTH = 0.12  # share by which the characters' widths in the words of a monospaced page differ at most
ONE_SPACE = 1.75  # characters: a gap of one space in a monospaced line at most; two are more
GAP_IN_A_NUMBER = 0.62  # heights: a wider gap is no space between two groups of digits
CHARACTERS_IN_A_NUMBER = 1.3  # widths of its characters, where these are wide: a space of a monospaced font
GAP_OF_SPACED_LETTERS = 1.6  # heights between the letters of « F A C T U R E » at most
SINGLE_LETTERS = 0.6  # share of single letters in a letter-spaced heading at least
GAP_OF_SPACED_WORDS = 2.2  # times the usual gap between its letters: a gap between its words
LEAST_GAP_OF_SPACED_WORDS = 0.3  # heights: a gap between its words at least
WIDTH_OF_A_PARAGRAPH = 0.45  # of the page's width at least
SAME_MIDDLE = 0.5  # heights between the middles of two centred lines
LINES_OVERLAP = -0.5  # heights between two lines of a paragraph at least: they may overlap
LINES_APART = 0.8  # heights between two lines of a paragraph at most
SAME_SIZE = 1.3  # times the smaller height: the letters of one paragraph
ROOM_FOR_A_WORD = 4  # heights: a line of a paragraph with more room than this ends the paragraph
HALFWAY_BESIDE = 0.3  # of a line's height: how much a value beside a caption overlaps it
BARELY_BESIDE = 0.1  # the same, where a second line on the other side shows that both belong together
ALIGNED_CAPTION = 4.0  # points between the left edges of two lines of one caption
MARGIN_NOTE = 100.0  # points between the page and what runs in another direction: further than any label reaches
ALIGNED_BLOCK = 5.0  # points between the left edges of two lines of one block
GAP_IN_A_WRAPPED_CELL = 0.5  # heights between the two lines of a wrapped cell at most
OFF_THE_MIDDLE = 0.3  # heights between the middle of a wrapped cell and that of its neighbour at most
WIDER_GAP_AROUND = 0.1  # heights by which the gaps over and under a wrapped cell are wider than the gap inside it
GAP_IN_A_BLOCK = 0.9  # heights between two lines of one block
GAP_BETWEEN_EVEN_LINES = 1.4  # heights of text between lines that are evenly spaced at most
UNEVEN_LINES = 0.1  # heights of text by which their distances differ at most
ALIGNED_EVEN_LINES = 3.0  # points between their left edges at most

# Characters that an OCR engine confuses

DIGITS_OF_AN_IDENTIFIER = 0.75  # share of digits below which a text is no misread SIRET or IBAN
DIGITS_OF_A_RUN = 0.6  # share of digits from which on the other characters of a run are misread digits
ZEROS_AMONG_LETTERS = 0.5  # share of zeros below which they are misread letters
DIGITS_OF_A_NUMBER = 0.7  # share of digits below which a text is no number

# Labels

# The weakness of a label's meaning: the cost of the value it announces
STRENGTHS: Mapping[str, float] = {"strong": 0.0, "fair": 1.0, "weak": 2.4}
SURE_LABEL = 0.0  # the weakness of a label that announces nothing else
NOT_ITS_MEANING = 9.0  # the weakness of a meaning that a label does not have: more than any real one
NAMED_BY_ITS_SECTION = 0.3  # the weakness of a bare label under the heading of a section
LETTERS_OF_A_HEADING = 1.2  # times the height of the text below it
WIDTH_OF_A_SECTION_HEADING = 60  # points from its left edge that a heading covers of the lines under it
REACH_OF_A_SECTION_HEADING = 1.8  # heights of text between two lines under a heading
REACH_OVER_A_SECTION = 5  # heights of text between two lines up to the heading of a section
REACH_IN_A_STACK = 3.0  # heights of text between a caption and its possible value
ALIGNED_STACK = 4.0  # points between the edges of a caption and its value in a stack
NEARER_IN_A_STACK = 0.75  # times the other gap: the value belongs to the caption that is this much nearer
REACH_OF_A_VALUE_LIKE_A_LABEL = 2.6  # heights of text between a caption and the value under it
ALIGNED_VALUE_LIKE_A_LABEL = 12.0  # points between the edges of a caption and a value that reads like a label

# Where the value of a label is: the cost of each place, and how far a label reaches

BESIDE_ITS_LABEL = 1.0  # cost of the cell on the right of a bare label
BESIDE_A_FULL_LABEL = 2.0  # cost of the cell on the right of a label with a text of its own
ONE_CELL_FURTHER = 1.0  # cost of each further cell to the right
UNDER_ITS_LABEL = 1.5  # cost of a cell under a label
MISALIGNED = 60  # points that cost 1 when a cell under a label is not aligned with it
MOST_MISALIGNED = 1.0  # the greatest cost of not being aligned
NEXT_BEST_ALIGNED = 0.5  # cost of each cell under a label that is better aligned
UNDER_A_COLON = 0.8  # cost of a cell under a label that ends with a colon
BEFORE_A_BRACKET = 0.5  # cost of a value before its label in brackets
BEFORE_ITS_LABEL = 1.0  # cost of a value before a label that follows its value
BEFORE_ANY_LABEL = 2.6  # cost of a text before any other label
LEFT_OF_ITS_LABEL = 2.3  # cost of the cell on the left of a label
OVER_A_ROW_OF_LABELS = 1.3  # cost of a value above a row of labels
OVER_A_LABEL = 2.5  # cost of a value above a single label
WITHOUT_ITS_COMPANION = 0.3  # cost of a value without the second one: « 4500123456 » under « N° de commande / Date »
REACH_DOWN = 2.8  # heights of text between a label and the value under it
REACH_UP = 1.2  # heights of text between a label and the value over it
REACH_UP_IN_A_STACK = 3  # the same in a column of values and captions
REACH_BOTH_WAYS = 3  # heights of text between a row of labels and the values over or under it
ALIGNED_WITH_ITS_LABEL = 4  # points between an edge of a label and of what is over or under it
RUNS_INTO_THE_NEXT_COLUMN = 60  # points beyond a label from which on a text has run into the next column
MUCH_NEARER = 0.6  # times the gap below: a row of labels belongs to the values above if their gap is smaller
AS_CLOSE = 0.5  # points by which two gaps may differ and still count as equal
NEXT_LINE_OF_A_COLUMN = 0.8  # heights of text between two lines of a column of captions and values
APART_FROM_THE_GOODS = 0.02  # of the page's width: a column beside the goods is not part of their lines
A_FULL_LINE = 0.5  # of the width: a line of a sentence that the next one may continue
GAP_IN_A_BROKEN_VALUE = 0.5  # of a line's height: the greatest gap between the two lines of one value
SAME_EDGE = 2.0  # points between the left edges of two lines of one value

# Choosing among the values that labels announce

TIE = 0.45  # cost: two values that are closer than this are a tie, and none is given
CLEAR_LEAD = 1.0  # cost: with a smaller lead a value is disputed
NO_RIVAL = 9.0  # the lead of a value without a rival
LONGEST_TERM = 366  # days after the invoice: a later day is the end of a contract or a warranty
LOW_ON_THE_PAGE = 0.6  # cost of the page's foot against its top: an invoice's own number and date are high
UPPER_PART = 0.5  # of a page's height: where a value without a label of its own may be

# What each page is, and the type of the document

TALL_LETTERS = 1.2  # times the usual height of a page's text: the letters of a title
TALLER_TITLE = 1.15  # times the height of another title: the title of the two
TITLE_OF_A_PAGE = 0.4  # of a page's height: where its title is
HEADING_OF_TERMS = 0.15  # of a page's height: where the heading of conditions or of an explanation is
TITLE_BOTTOM = 0.45  # of a page's height: where the words for an invoice or a credit note are a title
HEIGHT_OF_A_TITLE = 1.3  # times the height of the text: they are one further down too
TALLER_TITLE_OF_A_TYPE = 1.15  # times the height of another title: the title that gives the type

# Invoice number, engagement, service and contract

SKIPPED_WORD = 0.25  # cost of each word between a label and its code
ORDER_OF_THE_CUSTOMER = -0.6  # cost (negative: in favour) of a label that calls an order the customer's
FORM_OF_AN_ORDER = -2.0  # the same, where the value looks like an order: « Votre référence : BC26-114 »
A_PUBLIC_CONTRACT = -0.6  # cost (negative: in favour) of a label that calls a contract a « marché »
NUMBER_OF_SOME_DOCUMENT = 0.7  # cost of a label that calls the invoice a document, a piece, a statement…
NUMBER_WITHOUT_A_LABEL = 4.0  # cost of a number that no label announces
LARGE_NUMBER = 1.2  # times the usual height of the text: how large it is
HIGH_NUMBER = 0.4  # of the page's height: above which it is
UNDER_A_STAMP = 0.35  # of the smaller word's height: what a stamp's word and a code share at least
TOUCHING = 0.05  # of the smaller word's height; a space between words is 0.2 at least

# Dates

WORD_BETWEEN = 0.12  # cost of each word between a label and its date
MOST_WORDS_BETWEEN = 1.2  # the greatest cost of the words between
BESIDE_THE_NUMBER = -0.5  # cost (negative: in favour) of a date in the row of the invoice's number
LINE_OF_A_SUM_S_DAY = 2.0  # heights of text between a sum to pay and « pour le … » under it
DATE_AFTER_THE_NUMBER = 0.5  # cost of a date right after the invoice's number
DATELINE_OF_A_TOWN = 0.2  # cost of « Lyon, le 3 mars 2026 » with a town that is in an address
DATELINE = 0.4  # cost of a dateline with another town
DATE_ON_TWO_LINES = 1.5  # cost of a date that is broken over two lines, as one line further below its label
DATE_OF_A_SUM = 0.3  # weakness of « net à payer avant le »
DATE_OF_A_TERM = 0.3  # weakness of a deadline of something other than the payment
BARE_PARTICLE = 1.3  # weakness of « du » or « le » that opens its text, as an invoice's date
PARTICLE_IN_A_SENTENCE = 0.6  # weakness of « du » or « le » in a sentence, as the date of another thing
DATE_OF_A_NUMBER = 0.3  # weakness of « du » after a label of the invoice's number
CONTINUED_DUE_DATE = 0.4  # weakness of « le » after a label of the due date
DATE_OF_ANOTHER_THING = 0.3  # weakness of « du » after a label of something else
DATE_WITHOUT_A_LABEL = 4.0  # cost of the page's only date without a label

# SIRETs: evidence for the supplier, the recipient or another party

KNOWN_SUPPLIER = 6.0  # the SIRET that the tenant gave
LABEL_OF_A_ROLE = 4.0  # a label that names a role: « SIRET client »
HEADED_PARTY = 2.5  # under a heading of the role: « Client », « Fournisseur »
HEADED_ANOTHER_PARTY = 4.0  # under a heading of another party: « Livraison »
DELIVERED_TO = 8.0  # after « Adresse de livraison : » in its own text
A_THIRD_PARTY = 4.0  # after words of a factor or a subcontractor
BESIDE_AN_ACCOUNTING_OFFICER = 4.0  # its block is the address of a public accountant, who pays
YOURS = 2.0  # after « votre » or « service exécutant »
OURS = 2.0  # after « notre »
THE_ONE_THAT_PAYS = 1.0  # the establishment that pays
THE_ONE_THAT_IS_SERVED = -1.5  # the establishment that is only served (negative: against)
SIREN_OF_A_PUBLIC_BODY = 1.5  # a SIREN in the range of public bodies
SIREN_OF_A_COMPANY = 1.0  # a SIREN outside the range of public bodies
SIREN_IN_A_VAT_NUMBER = 2.0  # its SIREN is in the role's VAT number
SIREN_IN_A_REGISTER = 2.0  # its SIREN is printed beside « RCS »
ANOTHER_SIREN_IS_PRINTED = 3.0  # against a supplier whose register or VAT number is printed with another SIREN
BESIDE_A_PUBLIC_BODY = 1.5  # its block names a public body
BESIDE_COMPANY_WORDS = 1.5  # its block or its line speaks of a capital, a register or an APE code
SIRET_IN_THE_FOOT = 1.5  # in the foot of a page
SIRET_IN_THE_LETTERHEAD = 0.8  # in the letterhead
SIRET_IN_THE_WINDOW = 0.4  # where the window of an envelope shows the recipient
UPPER_OR_LEFT_SIRET = 0.7  # the upper or left one of two SIRETs for the supplier, the other for the recipient
BOTH_SIRETS_PRINTED = 0.8  # an invoice to a public body prints both SIRETs more often than not
NO_SIRET = 5.0  # for fourteen digits that another label claims, or that have no label and a wrong check digit
BAD_CHECK_DIGIT = 0.5  # for fourteen digits behind a label of a SIRET with a wrong check digit
RIVAL_ROLE = 0.5  # share of the evidence for another role that counts against this one
LEAD_OF_A_SIRET = 1.0  # the lead over the next best pair that a SIRET needs
CLEAR_LEAD_OF_A_SIRET = 3.0  # the lead from which on it is clear
REACH_OF_A_SIRET_LABEL = 1.6  # heights of text between a SIRET and a label over or under it
REACH_OF_A_HEADING = 2.6  # heights of text between two lines under a heading
WIDTH_OF_A_HEADING = 120  # points from its left edge that a line covers of the heading over it

# Places of a page where parties are, in shares of its width or height

FOOT = 0.88  # of the height: below is the foot
LETTERHEAD_ON_THE_LEFT = 0.2  # of the height: where a letterhead on the left starts at most
LETTERHEAD_ON_THE_RIGHT = 0.12  # of the height: the same on the right, where the recipient's address is soon
RIGHT_OF_THE_LETTERHEAD = 0.42  # of the width: a block that starts further right is on the right
WINDOW_LEFT = 0.45  # of the width: where the window of an envelope starts
WINDOW_BOTTOM = 0.4  # of the height: where the window ends
HEAD_OF_THE_PAGE = 0.4  # of the height: where two SIRETs are ordered by their place
SIDE_BY_SIDE = 25.0  # points: blocks whose tops are closer than this are beside each other
TOP_OF_THE_PAGE = 0.1  # of the height: where only a letterhead is
LETTERHEAD_BOTTOM = 0.35  # of the height: where the supplier's name may be as a letterhead
DEEPEST_ADDRESS = 0.62  # of the height: goods, totals and the bank's address are below it
UPPER_HALF = 0.5  # of the height: parties are named above it
LOWEST_PART = 0.85  # of the height: or below this, in a legal line

# Address blocks: evidence for the supplier or the recipient

HEADED_ADDRESS = 3.0  # under a heading of the role
SIRET_IN_THE_ADDRESS = 2.0  # the role's SIRET is in it
NAMES_A_PUBLIC_BODY = 1.5  # its name is a public body's
NAMES_A_COMPANY = 1.0  # its name has a legal form
SPEAKS_FOR_A_COMPANY = 1.5  # it has a telephone, a register or a capital
NAMES_AN_ACCOUNTING_OFFICER = 4.0  # for another party: it is the address of a public accountant, who pays
NAMES_A_SERVICE = 0.5  # one of its lines is a service within a public body
ADDRESS_IN_THE_WINDOW = 0.5  # where the window of an envelope shows the recipient
ADDRESS_AT_THE_TOP = 0.5  # at the top of the page
ADDRESS_OF_THE_BUYER = 0.4  # for every address as the recipient's
FIRST_ADDRESS = 0.8  # the first of several as the supplier's
SECOND_OF_TWO_ADDRESSES = 1.0  # the other one of two as the recipient's
WITHOUT_THE_SUPPLIERS_SIRET = 0.7  # for an address without the supplier's SIRET, where that is printed elsewhere
RIVAL_ROLE_OF_AN_ADDRESS = 0.5  # share of the evidence for another role that counts against this one
LEAD_OF_AN_ADDRESS = 0.5  # the lead over the next best choice that an address needs
GAP_OVER_A_STREET = 2.5  # heights of text between a street and the name over it
ALIGNED_ADDRESS = 3.0  # points between the left edges of a street and the name over it
SPACE = 0.25  # of a line's height: a space between two words
BETWEEN_COLUMNS = 2.0  # points between a column's text and the next column at least
BESIDE_ITS_TRADE = 2.0  # heights between « Garage » and the name beside it at most
LETTERS_OF_AN_ADDRESS_LINE = 38  # that a line of a French postal address has at most (AFNOR XP Z10-011)
ONE_SIZE = 0.3  # of its height: how much taller or smaller the next line of one name may be

# Names: votes for a spelling

NAME_UNDER_A_HEADING = 3.0  # the name that a heading announces
DISTANCE_OF_A_NAME = 0.4  # what is taken from it for each unit of cost between the heading and the name
NAME_BEFORE_ITS_SIRET = 2.0  # the name before the party's SIRET on its line
NAME_OVER_ITS_SIRET_AND_ADDRESS = 1.6  # the name of the block that holds the party's SIRET and an address
NAME_OVER_ITS_SIRET = 0.8  # the name of the block that holds only the party's SIRET
PARAGRAPHS_OF_A_PARTY = 3.0  # heights of text between a party's address and the paragraph with its SIRET
BANK_AND_ACCOUNT = 200.0  # points at most between the left edges of a bank's name and of the account under it
NAME_IN_A_LEGAL_LINE = 2.0  # the name in a line of the supplier's capital and register
LARGEST_TEXT = 1.5  # the largest text of a letterhead
LARGE_LETTERS = 1.25  # times the height of the text: how large it must be
TRADE_NAME = 2.0  # several large words over the address of an owner: « Le Rucher de Clémence »
FIRST_TEXT = 1.0  # the first text of the page
NAME_BY_ITS_FORM = 1.4  # a line whose words make it a public body or a company
WORDS_BEFORE_A_FORM = 4  # between a name and its legal form at most: « Ergotem – ergonomie du travail – SARL »
NAME_UNDER_ANOTHER_HEADING = 0.2  # the same under a heading of the other party
LEAST_OF_AN_ADDRESS = 1.0  # the name of the party's address, to which its lead is added
MOST_OF_AN_ADDRESS = 3.0  # the most that the name of an address can have
NAME_OF_THE_OTHER_ROLE = 0.8  # share of its votes for the other party that counts against a name
ENOUGH_FOR_A_NAME = 1.0  # the votes a name needs
LEAD_OF_A_NAME = 0.4  # the lead over another name that it needs
CLEAR_NAME = 3.0  # the votes from which on it is clear
CLEAR_LEAD_OF_A_NAME = 1.5  # the lead from which on it is clear
PART_OF_A_NAME_IN_ITS_HOST = 0.5  # of a name's letters that a web host has at least: « boisjoli.fr »
LINKING_WORD = 3  # letters: « de », « et », « les » are no name by themselves
LINE_UNDER_A_LETTERHEAD = 3.0  # heights of text between a letterhead and the line under it

# The captions of sums: evidence from 0 to 1 for each kind of sum

EVIDENCE_LOST_BY_WEAKNESS = 0.35  # what a label loses for each unit of its weakness
CAPTION_WITHOUT_A_PHRASE = 0.8  # share of the evidence of a caption without any phrase of labels.toml
ONLY_A_TAX_WORD = 0.65  # « TTC » without a noun as « total »
DUE_AND_TOTAL = 0.6  # share for the total of a caption of what is due: « Net à payer TTC »
DEPOSIT_AND_TOTAL = 0.8  # « Acompte TTC » as a deduction
DEPOSIT_AND_PART = 0.5  # « Acompte HT » as a deduction
TOTAL_OF_A_DEPOSIT = 0.6  # « Acompte TTC » as the total of an invoice for a deposit
BARE_TOTAL_AS_TTC = 0.55  # « Total » alone as TTC
BARE_TOTAL_AS_HT = 0.3  # « Total » alone as HT
GAP_IN_A_CAPTION = 24  # characters between two phrases of one caption

# Which sum a caption announces: the share of its evidence

ONLY_SUM_OF_ITS_ROW = 1.0  # the only sum of its row
LAST_SUM_OF_A_ROW = 0.75  # the last of several sums of its row
SUM_OF_A_ROW = 0.45  # another sum of its row
ONLY_SUM_OF_A_COLUMN = 0.85  # the only sum under it, or one in a row of totals
FIRST_SUM_OF_A_COLUMN = 0.65  # the first of several sums under it
SUM_OF_A_COLUMN = 0.6  # another sum under it
SUM_ON_THE_LEFT = 0.6  # the sum on its left or right above it
SUM_BEFORE_ITS_UNIT = 0.95  # « 120,00 € TTC »: evidence of a unit after its sum
UNDER_A_HEADER = 0.5  # of the smaller width: what a header and a column share
RIGHT_EDGE_OF_A_COLUMN = 6  # points between the right edges of a header and of the sums under it
REACH_OF_A_SUM_ABOVE = 1.6  # heights of text between a caption and the sum over it
BREAK_IN_A_TABLE = 5  # heights of text between two rows of one table
ROWS_UNDER_A_HEADER = 40  # rows under a header that may hold its sums
WIDTH_OF_A_COLUMN_OF_SUMS = 7  # points: right edges nearer than this are one column, mostly
WORDS_OF_A_BASE = 40  # characters before a sum that can say what is calculated on it
CARRIED_OVER = 0.75  # evidence that a sum is a carry-over, which no column adds up
ADDED_UP = 0.4  # evidence for a total: two lines or more add up to it
REPEATED = 0.2  # evidence for a total: one line says it already

# The totals: the score of HT, TVA and TTC together

VAT_TABLE_AGREES = 0.5  # the lines of the VAT table add up to the VAT
RATE_CLOSES_THE_TOTALS = 0.3  # HT, TVA and TTC are all printed and a printed rate leads from one to the other
LARGEST_SUM = 0.25  # TTC is the largest sum of the document
AMOUNT_DUE_AS_TOTAL = 0.85  # share of the evidence for the amount due that counts for TTC
CALLED_ANOTHER_AMOUNT = 0.5  # share of the evidence against a total: a unit price, a carry-over
PRINTED_WITHOUT_VAT = 0.4  # a VAT of zero is printed
SAID_TO_BE_WITHOUT_VAT = 0.3  # the document says that it has no VAT
ADDED_UP_WITHOUT_VAT = 1.5  # times the evidence of a column that adds up, without VAT
LESS_THE_DEDUCTIONS = 0.4  # the amount due is the total less the deductions, without VAT
LEAST_OF_THE_TOTALS = 1.1  # the score that the totals need
LEAD_OF_THE_TOTALS = 0.3  # the lead over other totals that they need
AGREED_TOTALS = 2.0  # the score from which on labels and arithmetic agree
TOTALS_WITHOUT_THE_VAT = 1.0  # evidence for HT and TTC that is needed if the VAT is not printed
LINE_HIDES_ITS_TOTAL = 0.7  # score by which a line of the invoice may beat the total that includes it
LABELLED = 0.3  # evidence from which on a total counts as labelled
SURELY_NAMED = 0.9  # evidence from which on a label surely names a total
SURELY_NAMED_TAX = 0.6  # the same for VAT: « TVA 20 % » announces it less surely than « Total TVA »
STRONG_LABEL_OF_A_SUM = 0.6  # evidence from which on a sum is read by its label alone
SAME_EVIDENCE = 0.1  # evidence: two labels that are closer than this are equally strong
PART_OF_THE_VAT = 0.25  # evidence from which on a sum may be the VAT of one rate
NONE_OF_THE_TOTALS = 0.75  # evidence that a sum is none of the totals
TAKEN_AS_A_TOTAL = 0.55  # evidence from which on HT or VAT is not the amount due
A_DEDUCTION = 0.55  # evidence from which on a sum is a deduction
HIGHEST_VAT = Decimal("0.212")  # share of HT: the highest French rate, 20 %, and what rounding adds on small sums

# IBAN

DIGITS_OF_AN_IBAN = 0.5  # of an IBAN's characters at least; « FR76XXXX… » is a pattern to fill in
IBAN_BY_ITS_REPAIR = 1.0  # cost of an IBAN that is only valid after repair
REACH_OF_A_BROKEN_IBAN = 2.0  # heights of text between two lines of one IBAN

# Confidence, from 0 to 1, that is not measured

FAINT = 0.8  # the OCR engine's own figure, below which a value counts as faint
CLEAR_CHARACTERS = 0.9  # the same, below which a character of a code may be another
UNMEASURED = 0.8  # of a field without any measurement
XML_CONFIDENCE = 0.995  # of a value of an attached XML
XML_BAD_SIRET = 0.9  # of a SIRET of an XML with a wrong check digit
CONTRADICTS_THE_XML = 0.75  # a page value read with less confidence than this does not contradict the XML

# Taught layouts

SAME_COLUMN_OF_A_DESIGN = 37  # thousandths of the width: a word is in its column
SAME_ROW_OF_A_DESIGN = (20, 30)  # thousandths of the height: a word is in its row, in a text layer and in a scan
WORD_THAT_DOES_NOT_MOVE = 8  # thousandths of the height: a word that does not move from document to document
RATHER_ALIKE = 0.4  # likeness from which on a document is of a design if it has nearly all words that never move
FIXED_WORDS_OF_A_DESIGN = 0.8  # share of the words that never move: own documents have 0.75 to 1, others 0.1
ALIKE = 0.5  # likeness from which on a document is of a design; other designs of one supplier have 0.2 to 0.4
NEAR_ACROSS = 0.010  # of the page's width: how far a value may be from its taught place
NEAR_DOWN = 0.006  # of the page's height: how far a value may be from its taught place
SLACK_OF_A_SCAN = 2.0  # times these distances on a scan
EDGE_OF_A_CAPTION = 0.5  # times NEAR_ACROSS: how far the edges of a caption and its value may be apart
CAPTION_ABOVE = 0.10  # of the page's height: a caption is at most this far above its value
CAPTION_BELOW = 0.03  # of the page's height: a caption under its value is close to it
DOWN_AGAINST_ACROSS = 1.4  # times: a distance down counts more than one across, as a page is higher than wide
NEXT_LINE_OF_A_VALUE = 0.5  # heights of the text between two lines of one piece of text
# The vote of each kind of anchor, by how often it was right on invoices it was not learnt from
ANCHORS: Mapping[str, float] = {
    "before": 3.0,
    "row": 2.5,
    "above": 1.5,
    "below": 1.5,
    "offset": 1.5,
    "nth": 0.8,
    "place": 0.6,
}
TRUSTED_AGREEMENT = 0.8  # share of the votes from which on a proposal is trusted
TRUSTED_SUPPORT = 0.4  # share of the learnt anchors from which on it is trusted
CAPTIONS_OF_A_NEW_FORM = 0.5  # of the captions learnt: how many must announce a number of a form that was not
CLEAR_AGREEMENT = 0.95  # share of the votes from which on nothing speaks against a proposal
CLEAR_SUPPORT = 0.75  # share of the learnt anchors from which on a code that two documents print is sure
SOME_SUPPORT = 0.25  # share of what was learnt of a code from which on its absence is doubtful
ASKS = 0.85  # confidence of a value that a person must check: under the threshold of automatic submission
SURE = 0.9  # confidence from which on a value may leave without a person, unless the supplier has its own threshold
# The confidence of a value by its ground, in a text layer and in a scan
GROUNDS_OF_A_LAYOUT: Mapping[str, tuple[float, float]] = {
    "taught agreed": (0.995, 0.995),
    "taught alone": (0.99, 0.97),
    "taught known": (0.995, 0.995),
    "taught weakly agreed": (0.98, 0.95),
    "taught differs": (ASKS, ASKS),
    "taught doubted": (ASKS, ASKS),
}
