"""A stand-alone client of Chorus Pro, the French public sector's invoice portal.

It knows HTTP and the portal's French wire names, and imports nothing of this product: it could be published alone.
Import from the modules (`client`, `hosts`, `credentials`, `errors`, `models`); this file stays empty so that a
function which only needs the errors does not pay for the HTTP stack.
"""
