"""The services that messages go to: those of Apprise that are network services and nothing else, each by its schemes.

What acts on this machine (desktops, the system log, buses), speaks over raw sockets, or runs code is not in the table,
and neither are configuration files, attachments and plugins of others: what is loaded is named here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

URL_CHARS_MAX = 2_000


class BadChannelError(Exception):
    """A URL that no message is sent to. The message says what would be right, and never quotes the URL."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service of Apprise. ``is_hosted``: its URL names a host, which is no secret; elsewhere a token stands there."""

    name: str
    module: str
    kind: str
    is_hosted: bool = False


_TOKENS = """
    slack       slack        NotifySlack
    discord     discord      NotifyDiscord
    workflows   workflows    NotifyWorkflows
    gchat       google_chat  NotifyGoogleChat
    tgram       telegram     NotifyTelegram
    zulip       zulip        NotifyZulip
    wxteams     webexteams   NotifyWebexTeams
    twist       twist        NotifyTwist
    zoom        zoom         NotifyZoom
    flock       flock        NotifyFlock
    lark        lark         NotifyLark
    feishu      feishu       NotifyFeishu
    dingtalk    dingtalk     NotifyDingTalk
    pover       pushover     NotifyPushover
    pbul        pushbullet   NotifyPushBullet
    ntfys       ntfy         NotifyNtfy
    pagerduty   pagerduty    NotifyPagerDuty
    opsgenie    opsgenie     NotifyOpsgenie
    squadcast   squadcast    NotifySquadcast
    mailgun     mailgun      NotifyMailgun
    sendgrid    sendgrid     NotifySendGrid
    postmark    postmark     NotifyPostmark
    resend      resend       NotifyResend
    brevo       brevo        NotifyBrevo
    ses         ses          NotifySES
    smtp2go     smtp2go      NotifySMTP2Go
    sparkpost   sparkpost    NotifySparkPost
"""
_HOSTED = """
    json jsons          custom_json    NotifyJSON
    xml xmls            custom_xml     NotifyXML
    form forms          custom_form    NotifyForm
    apprise apprises    apprise_api    NotifyAppriseAPI
    gotify gotifys      gotify         NotifyGotify
    mmost mmosts        mattermost     NotifyMattermost
    rocket rockets      rocketchat     NotifyRocketChat
    nctalk nctalks      nextcloudtalk  NotifyNextcloudTalk
    signal signals      signal_api     NotifySignalAPI
    synology synologys  synology       NotifySynology
    hassio hassios      home_assistant NotifyHomeAssistant
    mailto mailtos      email          NotifyEmail
"""


def _table() -> Mapping[str, Service]:
    found: dict[str, Service] = {}
    for text, is_hosted in ((_TOKENS, False), (_HOSTED, True)):
        for line in text.strip().splitlines():
            *schemes, module, kind = line.split()
            service = Service(name=schemes[0], module=module, kind=kind, is_hosted=is_hosted)
            found |= dict.fromkeys(schemes, service)
    return found


SERVICES: Mapping[str, Service] = _table()
"""By the scheme of the URL."""

REFUSED_NAMES = frozenset({
    "verify", "redirect", "rto", "cto", "retry", "wait", "optional", "store", "overflow", "format", "emojis", "tz",
    "template", "attach", "attach-as", "include", "keyfile", "pgp", "pgppub", "pgpprv", "wkd", "inline",
})  # fmt: skip
"""What may not stand in the query: certificates are always checked, redirects never followed, attempts counted here."""


def read_channel(url: str) -> Service:
    """The service that a URL names. Raises BadChannelError.

    Whether the rest of the URL is as the service wants it, only the service's own code can tell.
    """
    if len(url) > URL_CHARS_MAX:
        raise BadChannelError(f"must have at most {URL_CHARS_MAX} characters")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise BadChannelError("must be printable ASCII without spaces and backslashes; write others as %XX")
    scheme, separator, rest = url.partition("://")
    if not separator or not rest:
        raise BadChannelError("must be an Apprise URL, such as slack://… or mailtos://user:password@example.com")
    service = SERVICES.get(scheme.lower())
    if service is None:
        raise BadChannelError(f"must begin with one of {', '.join(sorted(SERVICES))}, followed by ://")
    check_names(name for name, _ in parse_qsl(rest.partition("?")[2], keep_blank_values=True))
    return service


def check_names(names: Iterable[str]) -> None:
    """Refuse what may not stand in the query. Raises BadChannelError."""
    for name in names:
        bare = name.strip().lower()
        if bare in REFUSED_NAMES:
            raise BadChannelError(f"must not say {bare}= in its query; it is decided here")
