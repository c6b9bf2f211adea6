"""The only room that knows the SDK."""

from .addresses import Endpoint, check_base_url
from .client import Api, Attempt, Phase

__all__ = ["Api", "Attempt", "Endpoint", "Phase", "check_base_url"]
