"""The tool that does sums: exactly for whole numbers, and never for long.

An expression is parsed, not evaluated: what is not a number, an operator or a function named here does
not exist. Every step is bounded before it is taken, for one power of a power would hold the app for
ever.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from typing import Any

from claude_tui.tools.tool import ToolError

Number = int | float

LONGEST = 500
"""The longest expression, in characters."""

BITS = 4_096
"""The largest whole number, about 1,200 digits."""

_CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e, "tau": math.tau}


class Calculate:
    """Works out an arithmetic expression."""

    name = "calculate"
    consent = False
    description = (
        "Works out an arithmetic expression: + - * / // % **, parentheses, the constants pi, e and tau, and the "
        "functions abs, ceil, cos, acos, degrees, exp, factorial, floor, gcd, hypot, log(x, base), log10, log2, max, "
        "min, radians, round, sin, asin, sqrt, tan, atan, atan2, trunc. Angles are in radians. Whole numbers are "
        "exact. Use it whenever a result must be right."
    )
    input_schema: Mapping[str, object] = {
        "type": "object",
        "properties": {"expression": {"type": "string", "description": 'For example "2 ** 64 / 3" or "sqrt(2)".'}},
        "required": ["expression"],
    }

    def run(self, input: Mapping[str, object], cancel: Callable[[], bool]) -> str:
        """The value, as it would be written down."""
        return write(calculate(str(input["expression"])))


def calculate(expression: str) -> Number:
    """The value of an expression; a `ToolError` with the reason if it has none."""
    text = expression.strip()
    if not text:
        raise ToolError("There is nothing to calculate")
    if len(text) > LONGEST:
        raise ToolError(f"The expression is longer than {LONGEST} characters")
    try:
        return _value(ast.parse(text, mode="eval").body)
    except ToolError:
        raise
    except ZeroDivisionError as error:
        raise ToolError("It divides by zero") from error
    except OverflowError as error:
        raise ToolError("The numbers become too large") from error
    except SyntaxError as error:
        raise ToolError(f"It is not an arithmetic expression ({error.msg})") from error
    except (RecursionError, MemoryError) as error:
        raise ToolError("The expression is nested too deeply") from error
    except (ValueError, TypeError) as error:
        raise ToolError(f"It has no value ({error})") from error


def write(value: Number) -> str:
    """A number without the dust of binary fractions: 0.1 + 0.2 is 0.3."""
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return format(value, ".15g")


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _bounded(value)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left), _value(right))
        case ast.BinOp(left=left, op=ast.BitXor(), right=right):
            raise ToolError("Powers are written **, not ^")
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _bounded(_OPERATORS[type(op)](_value(left), _value(right)))
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            return _bounded(_FUNCTIONS[name](*map(_value, arguments)))
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
            raise ToolError(f"There is no {name[:40]!r} here")
        case _:
            raise ToolError("Only numbers, operators and functions can be calculated")


def _bounded(value: Any) -> Number:
    if isinstance(value, int):
        if value.bit_length() > BITS:
            raise OverflowError
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise OverflowError
    raise ToolError("The result is not a real number")


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int) and (abs(base).bit_length() - 1) * exponent > BITS:
        raise OverflowError
    return _bounded(base**exponent)


def _divide(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int) and right and left % right == 0:
        return left // right
    return left / right


def _round(value: Number, digits: Number = 0) -> Number:
    if not isinstance(digits, int) or abs(digits) > 300:
        raise ToolError("round takes from -300 to 300 digits")
    return round(value, digits) if digits else round(value)


def _factorial(value: Number) -> int:
    if value != int(value) or value < 0:
        raise ToolError("factorial takes a whole number from 0")
    if value > 1_000:
        raise OverflowError
    return math.factorial(int(value))


def _root(value: Number) -> Number:
    if value < 0:
        raise ToolError("A negative number has no real root")
    if isinstance(value, int) and math.isqrt(value) ** 2 == value:
        return math.isqrt(value)
    return math.sqrt(value)


_OPERATORS: Mapping[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: _divide,
    ast.FloorDiv: lambda left, right: left // right,
    ast.Mod: lambda left, right: left % right,
}

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": abs,
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "atan2": math.atan2,
    "ceil": math.ceil,
    "cos": math.cos,
    "degrees": math.degrees,
    "exp": math.exp,
    "factorial": _factorial,
    "floor": math.floor,
    "gcd": math.gcd,
    "hypot": math.hypot,
    "log": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "max": max,
    "min": min,
    "radians": math.radians,
    "round": _round,
    "sin": math.sin,
    "sqrt": _root,
    "tan": math.tan,
    "trunc": math.trunc,
}
