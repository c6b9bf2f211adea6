"""What the SDK and the transport under it raise, as one value: what happened and what helps, in words.

The SDK is imported inside functions: whoever calls them has loaded it already, or could not.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast
from urllib.parse import urlsplit

from ..core.message import JsonObject
from ..core.retry import KINDS, LONGEST_WAIT, Failure, FailureKind
from ..core.text import clean_line, closed
from ..crash import report
from ..errors import ConfigError

_STATUSES: dict[int, FailureKind] = {
    400: "invalid",
    401: "auth",
    402: "billing",
    403: "auth",
    404: "not_found",
    407: "proxy",
    408: "server",
    409: "server",
    413: "too_large",
    422: "invalid",
    429: "rate_limit",
    529: "overloaded",
}
_NO_NAME = ("gaierror", "Name or service not known", "name resolution", "nodename nor servname")


def failure_of(error: BaseException, request_id: str = "") -> Failure:
    """Any exception of the SDK or of the transport under it, as one value."""
    try:
        import anthropic
        import httpx2
    except ImportError as broken:
        said = clean_line(str(broken), 120)
        return Failure("bug", f"The anthropic package cannot be loaded ({said}); install claude-tui again.")
    match error:
        case ConfigError():
            return Failure("auth", closed(str(error)))
        case anthropic.APIStatusError():
            return _status_failure(error, request_id)
        case anthropic.APIConnectionError():
            return _connection_failure(error.__cause__ or error, _host_of(error), request_id)
        case httpx2.RemoteProtocolError() | httpx2.ReadError() | httpx2.StreamError() | httpx2.DecodingError():
            return Failure("network", "The connection was lost.", request_id=request_id, detail=clean_line(str(error)))
        case httpx2.HTTPError():
            return _connection_failure(error, _host_of(error), request_id)
        case anthropic.AnthropicError() | TypeError() if _is_about_credentials(error):
            sentence = "There is no API key: set ANTHROPIC_API_KEY, or start without -p to enter one."
            return Failure("auth", sentence, detail=clean_line(str(error)))
        case _:
            return Failure("bug", report(error), detail=clean_line(str(error)))


def not_a_stream(headers: JsonObject) -> Failure | None:
    """Why a successful answer is not the API's; None when it is a stream."""
    kind = str(headers.get("content-type", ""))
    if kind.startswith("text/event-stream"):
        return None
    shown = clean_line(kind, 60) or "no content type"
    return Failure("not_api", f"The answer is not the API's (it is {shown}); a proxy or login page may be in between.")


def _is_about_credentials(error: BaseException) -> bool:
    said = str(error).lower()
    return "authentication" in said or "credential" in said or "profile" in said


# -- no answer at all ----------------------------------------------------------------------------------


def _host_of(error: BaseException) -> str:
    """Whom it was to reach, as ``host:port``; the port only where it is not the usual one."""
    try:
        url: Any = cast("Any", error).request.url
    except (AttributeError, RuntimeError):  # the transport did not say
        return "the API's host"
    return clean_line(str(url.host) if url.port is None else f"{url.host}:{url.port}", 80)


def _connection_failure(error: BaseException, host: str, request_id: str) -> Failure:
    import httpx2

    said = clean_line(str(error), 160)
    chain = list(_chain(error))
    names = " ".join(f"{type(each).__name__} {each}" for each in chain)
    kind: FailureKind = "network"
    certificate = next((each for each in chain if isinstance(each, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        kind, sentence = "tls", _certificate_sentence(certificate, host)
    elif any(isinstance(each, ssl.SSLError) for each in chain):
        kind, sentence = "tls", f"No safe connection to {host} can be made; a proxy may be in between."
    elif any(isinstance(each, httpx2.ProxyError) for each in chain):
        kind, sentence = _proxy_failure(said)
    elif any(name in names for name in _NO_NAME):
        kind, sentence = "offline", f"No network: the name {host} was not found."
    elif "refused" in names.lower():
        sentence = f"The connection was refused: nothing answers at {host}."
    elif any(isinstance(each, httpx2.ConnectTimeout) for each in chain):
        sentence = f"{host} did not take the connection in time."
    elif any(isinstance(each, httpx2.TimeoutException) for each in chain):
        sentence = "The connection timed out."
    elif any(isinstance(each, httpx2.RemoteProtocolError | httpx2.ReadError) for each in chain):
        sentence = f"{host} closed the connection without an answer."
    else:
        sentence = f"{host} could not be reached."
    return Failure(kind, sentence, detail=said, request_id=request_id)


def _chain(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    for _ in range(8):
        if at is None:
            return
        yield at
        at = at.__cause__ or at.__context__


def _certificate_sentence(error: ssl.SSLCertVerificationError, host: str) -> str:
    """What is wrong with a certificate, by OpenSSL's number for it."""
    today = f"{datetime.now(UTC):%d %b %Y}"
    match getattr(error, "verify_code", 0):
        case 9:
            return f"The certificate of {host} is not valid yet; this machine's clock says {today}."
        case 10:
            return f"The certificate of {host} has expired, or this machine's clock is wrong: it says {today}."
        case 62 | 64:
            return f"The certificate that {host} shows is another's; a proxy or login page may be in between."
        case _:
            return (
                f"The certificate of {host} is not signed by anybody this machine trusts; "
                "a company's own can be named in SSL_CERT_FILE."
            )


def _proxy_failure(said: str) -> tuple[FailureKind, str]:
    proxy = _proxy()
    if "407" in said:
        return "proxy", f"The proxy {proxy} asks for a name and a password (407); set them in HTTPS_PROXY."
    return "network", f"The proxy {proxy} does not lead there: {closed(said or 'no reason given')}"


def _proxy() -> str:
    """The environment's proxy, without the name and password in it."""
    from urllib.request import getproxies

    given = getproxies()
    url = given.get("https") or given.get("all") or given.get("http") or ""
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "of the environment"
    return clean_line(f"{host}:{port}" if port else host, 80) or "of the environment"


# -- an answer that says no ----------------------------------------------------------------------------


def _status_failure(error: Any, request_id: str) -> Failure:
    status = cast("int", error.status_code)
    error_type = str(getattr(error, "type", "") or "")
    kind = KINDS.get(error_type) or _STATUSES.get(status) or ("server" if status >= 500 else "invalid")
    headers = error.response.headers
    if 300 <= status < 400:
        sentence = f"The server answers with a redirect ({status}), which is not followed; "
        return Failure("not_api", f"{sentence}a login page may be in between.", status=status)
    said = _said(error)
    if kind in ("rate_limit", "invalid") and ("spend" in said.lower() or "usage limits" in said.lower()):
        kind = "billing"
    if kind == "invalid" and ("prompt is too long" in said.lower() or "exceed context" in said.lower()):
        kind = "too_large"
    retry = headers.get("x-should-retry")
    asked = _retry_after(headers)
    sentence = closed(_sentence(kind, status, said))
    if asked is not None and asked > LONGEST_WAIT:
        sentence = f"{sentence} It asks to wait until {_moment(asked)}."
    return Failure(
        kind,
        sentence,
        status=status,
        retry_after=asked,
        should_retry=None if retry is None else retry.strip().lower() == "true",
        request_id=clean_line(str(getattr(error, "request_id", "") or request_id), 80),
        detail=said,
    )


def _said(error: Any) -> str:
    """The API's own message, or the status where a proxy answers with a page."""
    message = getattr(error, "api_message", None)
    if not message and not isinstance(getattr(error, "body", None), dict):
        return clean_line(str(error.response.reason_phrase or f"status {error.status_code}"), 80)
    return clean_line(str(message or error), 400)


def _sentence(kind: FailureKind, status: int, said: str) -> str:
    match kind:
        case "auth":
            return f"The API does not accept the key ({status}): {said}"
        case "rate_limit":
            return f"Rate limited by the API: {said}"
        case "overloaded":
            return "The API is overloaded."
        case "server":
            return f"The API failed ({status}): {said}"
        case "not_found":
            return f"The API does not know this: {said}"
        case "too_large":
            return f"The request is too large for the API: {said}"
        case "billing":
            return f"The API refuses for billing reasons: {said}"
        case "proxy":
            return _proxy_failure(str(status))[1]
        case _:
            return f"The API refused the request ({status}): {said}"


def _retry_after(headers: Any) -> float | None:
    """Seconds the server asks to wait, given in milliseconds, in seconds, or as a date."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            return float(value) / unit
        except ValueError:
            pass
        try:
            return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
        except (TypeError, ValueError, OverflowError):
            pass
    return None


def _moment(seconds: float) -> str:
    """The local time in so many seconds; with the date where it is another day."""
    try:
        then = datetime.fromtimestamp(time.time() + seconds)
    except (OverflowError, ValueError, OSError):
        return "some day far off"
    same_day = then.date() == datetime.now().date()
    return f"{then:%H:%M}" if same_day else f"{then:%d %b %Y, %H:%M}"
