"""The mutants of a module: every small change of its source that a test should notice.

Left alone, because no rule is in them: docstrings, texts for people (a string with a space in it), log calls, type
annotations (and ``frozen=True``, which mypy holds), imports, and assertions.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

OPPOSITES: dict[type[ast.AST], tuple[type[Any], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
}
for one, other in [
    (ast.Eq, ast.NotEq),
    (ast.In, ast.NotIn),
    (ast.Is, ast.IsNot),
    (ast.And, ast.Or),
    (ast.Add, ast.Sub),
    (ast.Mult, ast.Div),
    (ast.BitOr, ast.BitAnd),
]:
    OPPOSITES |= {one: (other,), other: (one,)}
OPPOSITE_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
TYPING_NAMES = {"Literal", "Annotated", "TypeVar", "NewType", "TypeAdapter", "cast", "TYPE_CHECKING", "__all__"}
GENERIC_NAMES = {"Callable", "Iterable", "Iterator", "Mapping", "Sequence", "dict", "frozenset", "list", "set", "tuple"}
LOG_METHODS = {"debug", "info", "warning", "error", "exception"}
SKIPPED_FIELDS = {"annotation", "returns", "type_params", "format_spec"}
SKIPPED_ARGUMENTS = {"fr", "en", "title", "description", "summary", "frozen", "slots", "init", "repr"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Mutant:
    """One fault: ``text`` in place of the bytes ``start`` to ``end`` of a module. Its id names no line number.

    The lines from ``first_line`` (of its statement) to ``last_line`` are those that run it.
    """

    module: str
    id: str
    first_line: int
    line: int
    last_line: int
    start: int
    end: int
    text: str

    def applied(self, source: bytes) -> bytes:
        """The module's source with the fault in it."""
        return source[: self.start] + self.text.encode() + source[self.end :]


class _Change(NamedTuple):
    """The nodes ``first`` to ``last`` become ``text``; ``label`` says what it is where before -> after does not."""

    first: ast.expr | ast.stmt
    last: ast.expr | ast.stmt
    text: str
    label: str = ""


def mutants_of(source: bytes, module: str) -> list[Mutant]:
    """Every mutant of the source of ``module`` (its path in the package)."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    times: Counter[str] = Counter()
    found = []
    for node, scope, in_function, statement in _nodes(ast.parse(source)):
        for first, last, text, label in _changes(node, in_function):
            start = starts[first.lineno - 1] + first.col_offset
            end = starts[(last.end_lineno or 0) - 1] + (last.end_col_offset or 0)
            name = f"{module} {scope}: {label or f'{_short(first)} -> {text}'}"
            times[name] += 1
            name_once = name if times[name] == 1 else f"{name} #{times[name]}"
            found.append(Mutant(module, name_once, statement, first.lineno, last.end_lineno or 0, start, end, text))
    return found


def _nodes(
    node: ast.AST, scope: str = "", in_function: bool = False, line: int = 0
) -> Iterator[tuple[ast.AST, str, bool, int]]:
    """Every node that may be changed, the dotted name of what defines it, whether that is a function, and the first
    line of its statement: a constant on a later line is not counted as run."""
    if _has_no_rule(node):
        return
    line = node.lineno if isinstance(node, ast.stmt) else line
    yield node, scope or "module", in_function, line
    for name, value in ast.iter_fields(node):
        inside = scope, in_function
        if name == "body" and isinstance(node, (ast.ClassDef, *FUNCTIONS)):
            inside = f"{scope}.{node.name}".strip("."), isinstance(node, FUNCTIONS)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and name not in SKIPPED_FIELDS and not _is_part_of(node, name, child):
                yield from _nodes(child, *inside, line)


def _is_part_of(node: ast.AST, name: str, child: ast.AST) -> bool:
    """Whether the operator of ``node`` already changes that constant: a dictionary's key, a literal in an f-string."""
    return isinstance(child, ast.Constant) and (isinstance(node, ast.JoinedStr) or name == "keys")


def _has_no_rule(node: ast.AST) -> bool:
    found = False
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.Expr(value=ast.Constant()):
            found = True
        case ast.Subscript(value=ast.Name(id=name)) if name in GENERIC_NAMES:
            found = True
        case ast.Subscript(value=ast.Name(id=name)) | ast.Call(func=ast.Name(id=name)) | ast.Name(id=name):
            found = name in TYPING_NAMES
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=logger, attr=method))):
            found = method in LOG_METHODS and "log" in ast.unparse(logger)
        case ast.keyword(arg=argument):
            found = argument in SKIPPED_ARGUMENTS
        case ast.JoinedStr():  # before 3.12 what is inside has no position of its own
            found = sys.version_info < (3, 12) or any(map(_is_text, node.values))
        case ast.BinOp(op=ast.BitOr()):
            found = re.search(r"\bNone\b|\b[A-Z][a-z]", ast.unparse(node)) is not None
    return found


def _changes(node: ast.AST, in_function: bool) -> Iterator[_Change]:
    if isinstance(node, ast.expr):
        yield from _of_operators(node)
        yield from _of_elements(node, in_function)
        yield from _of_values(node)
    elif isinstance(node, ast.stmt):
        yield from _of_statements(node)
    elif isinstance(node, ast.ExceptHandler):
        yield _Change(node.body[0], node.body[-1], "raise", f"except {_short(node.type)}: raise")
    elif isinstance(node, ast.comprehension):
        yield from (_Change(condition, condition, "True") for condition in node.ifs)
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        condition = node.test
        if isinstance(condition, (ast.Name, ast.Call, ast.Attribute)) and not _has_no_rule(condition):
            yield _Change(condition, condition, f"(not {ast.unparse(condition)})")


def _of_operators(node: ast.expr) -> Iterator[_Change]:
    """Another operator in place of one, and a condition without one of its parts."""
    match node:
        case ast.Compare(left=left, ops=ops, comparators=operands):
            for index, op in enumerate(ops):
                for other in OPPOSITES[type(op)]:
                    yield _became(node, ast.Compare(left, [*ops[:index], other(), *ops[index + 1 :]], operands))
        case ast.BoolOp(op=op, values=values):
            yield _became(node, ast.BoolOp(OPPOSITES[type(op)][0](), values))
            for value in values:
                rest = [each for each in values if each is not value]
                without = ast.BoolOp(op, rest) if len(rest) > 1 else rest[0]
                yield _became(node, without, f"{_short(value)} dropped from {_short(node)}")
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPPOSITES:
            yield _became(node, ast.BinOp(left, OPPOSITES[type(op)][0](), right))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield _became(node, operand)
        case ast.Call(func=ast.Name(id=name) as function) if name in OPPOSITE_CALLS:
            yield _Change(function, function, OPPOSITE_CALLS[name])


def _of_elements(node: ast.expr, in_function: bool) -> Iterator[_Change]:
    """A dictionary without an entry, an f-string without a part, a table (not in a function) without an element."""
    without: ast.expr
    match node:
        case ast.Dict(keys=keys, values=values):
            for index, key in enumerate(keys):
                without = ast.Dict(keys[:index] + keys[index + 1 :], values[:index] + values[index + 1 :])
                yield _became(node, without, f"entry {_short(key or values[index])} dropped")
        case ast.JoinedStr(values=parts):
            for part in parts:
                if isinstance(part, ast.Constant):
                    without = ast.JoinedStr([each for each in parts if each is not part])
                    yield _became(node, without, f"{_short(part)} dropped from {_short(node)}")
        case ast.Set(elts=elements) | ast.List(elts=elements) | ast.Tuple(elts=elements, ctx=ast.Load()):
            if not in_function and not any(map(_is_text, elements)):
                for element in elements:
                    without = type(node)(elts=[each for each in elements if each is not element])
                    yield _became(node, without, f"element {_short(element)} dropped")


def _of_values(node: ast.expr) -> Iterator[_Change]:
    """Another value of the same type."""
    match node:
        case ast.Constant(value=bool(value)):
            yield _Change(node, node, str(not value))
        case ast.Constant(value=int(value) | float(value)):
            yield _Change(node, node, str(value + 1))
        case ast.Constant(value=bytes(value)) if value:
            yield _Change(node, node, 'b""')
        case ast.Constant(value=str(value)) if value and not _is_text(node):
            number = re.fullmatch(r"[0-9]+(\.[0-9]+)?", value)
            yield _Change(node, node, f'"{Decimal(value) + 1}"' if number else '""')


def _of_statements(node: ast.stmt) -> Iterator[_Change]:
    """A function without a statement that has an effect, and None in place of what it returns."""
    match node:
        case (
            ast.Expr(value=ast.Call() | ast.Await())
            | ast.Return(value=None)
            | ast.Assign(targets=[ast.Attribute() | ast.Subscript()])
        ):
            yield _Change(node, node, "pass", f"{_short(node)} deleted")
        case ast.Raise() | ast.Delete() | ast.Continue() | ast.Break() | ast.AugAssign():
            yield _Change(node, node, "pass", f"{_short(node)} deleted")
        case ast.Return(value=value) if not isinstance(value, ast.Constant):
            yield _Change(node, node, "return None")


def _became(node: ast.expr, other: ast.expr, label: str = "") -> _Change:
    return _Change(node, node, f"({ast.unparse(other)})", label)


def _is_text(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, str) and re.search(r"\s", value.strip()) is not None


def _short(node: ast.AST | None) -> str:
    text = " ".join(ast.unparse(node).split()) if node else ""
    return text if len(text) <= 80 else text[:77] + "..."
