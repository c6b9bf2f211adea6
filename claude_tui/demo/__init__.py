"""A Messages API server on loopback: the whole product without a key, and the strict stand-in of the tests.

It speaks the wire as it was measured, refuses what the API refuses, and fails on request. Standard library
only, and nothing of the client: the client is judged by it, so they share no table and no code.
"""

from .answers import Answer, Failure, Fault, Faulty, Hang, RawStream, Received, Reply, Script
from .faithful import Faithful
from .server import DemoServer, pace_of

__all__ = [
    "Answer",
    "DemoServer",
    "Failure",
    "Faithful",
    "Fault",
    "Faulty",
    "Hang",
    "RawStream",
    "Received",
    "Reply",
    "Script",
    "pace_of",
]
