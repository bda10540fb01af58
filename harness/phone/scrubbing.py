"""Takes out of a phone's outputs what tells whose phone it is, and leaves what tells which kind of phone.

Secrets are found by the names that stand beside them and by their form. The same secret becomes the same
placeholder, of the same kind, wherever it stands. When in doubt something is taken out: but clocks, sizes,
temperatures and versions are not in doubt.
"""

import re
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

SERIAL, IMEI, MAC, MAIL, SSID = (
    "serial number",
    "IMEI or SIM number",
    "MAC address",
    "account",
    "network name",
)
IP, ANDROID_ID, PHONE_NUMBER, LOCATION = "IP address", "device identifier", "phone number", "location"
NAME = "name that somebody gave"

_KEYS: tuple[tuple[str, str], ...] = (
    (SERIAL, r"serial_?(?:no|num|number|id)?$|\bp?s(?:n|no)$|\bdid$|barcode|factory_?sn|em\.did"),
    (IMEI, r"imei|meid|imsi|icc_?id|\besn\b|uicc|subscriber"),
    (MAC, r"mac_?(?:addr\w*)?$|wifimac|btmac|bd_?addr\w*|bssid|bt_?addr\w*|bluetooth_?addr\w*"),
    (SSID, r"(?<!b)ssid"),
    (
        ANDROID_ID,
        r"android_?id|\b(?:gsf|adv(?:ertising)?|oaid|udid|uuid|guid|device_?id)"
        r"|\b(?:cpu_?id|chip_?id|unique_?(?:id|no))$",
    ),
    (PHONE_NUMBER, r"msisdn|line1|phone_?number|\bmdn\b"),
    (
        NAME,
        r"bluetooth(?:\.device)?[._](?:default_)?(?:name|alias)|\bbt_?name|device_name|hostname|owner|user_?name|\baccount",
    ),
    (LOCATION, r"latitude|longitude|last_?location"),
    (IP, r"dhcp\..*\.(?:ipaddress|gateway|server|dns\d?|result)|\bdns\d?$|ip_?addr\w*|gateway"),
)
"""Kinds of secrets, each with what the name of a property or setting that holds one looks like."""
_VALUES = {
    SERIAL: re.compile(r"(?!/)(?=.*\d)[\w.:/-]{4,}"),
    IMEI: re.compile(r"\w*\d{6}\w*"),
    MAC: re.compile(r"(?i)(?:0x)?(?:[0-9a-f]{2}[:-]?){6}"),
    ANDROID_ID: re.compile(r"(?=.*\d)[\w-]{8,}"),
    IP: re.compile(r"(?i)(?=.*\d.*[.:])[0-9a-f.:/%]+"),
    LOCATION: re.compile(r".*\d.*"),
}
"""What the value looks like; kinds that are not here may be anything."""
_PROPERTY = re.compile(r"^\[([^\]\n]+)\]: \[(.*?)\]?\r?$", re.MULTILINE)
_NAMED = re.compile(
    r"""\b([A-Za-z][\w.]*(?: (?:number|address|id|name))?)["']?\s*[:=]\s*["']?([^\s"',;{}\]]+)"""
)
_HARMLESS = re.compile(
    r"(?i)[0:.\-\s]*|unknown|null|none|true|false|android|localhost|[0-9]|VP[0-9A-F]{10}|<.*>"
)
_VERSION_LINE = re.compile(
    r"(?i)version|build|display|incremental|fingerprint|release|firmware|baseband|\brom\b|patch|\bver\b|\.ver\w*\]|_ver\b"
)
_MAC = r"(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:])"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = re.compile(rf"(?<![\w.])((?:{_OCTET}\.){{3}}{_OCTET})(?![\w(]|\.\d)")
_PRIVATE_IP = re.compile(r"192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.")
_PLAIN_IP = re.compile(r"0\.0\.0\.0|127\.|255\.|192\.0\.2\.")
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (MAC, re.compile(_MAC)),
    (MAIL, re.compile(r"[\w.+%-]+@(?!\d+\.\d)(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")),
    (MAIL, re.compile(r"(?<=Account \{name=)[^,}\n]+")),
    (NAME, re.compile(r"UserInfo\{\d+:(?!Owner:)(?P<secret>[^:}\n]+)")),
    # AOSP frameworks/base, TrustManagerService.java: users by their names; `Owner` is Android's own.
    (NAME, re.compile(r'(?<=\bUser ")(?!Owner")[^"\n]+(?=" \(id=\d)')),
    (SSID, re.compile(r"""(?i)(?<![bA-Za-z])ssid\s*[:=]\s*(?P<secret>"[^"\n]+"|[^\s,;"]+)""")),
    (
        IP,
        re.compile(
            r"(?i)\b(?:fe80:(?::?[0-9a-f]{1,4})+|(?:f[cd]|2[0-9a-f])[0-9a-f]{2}(?::{1,2}[0-9a-f]{1,4}){3,7})\b"
        ),
    ),
    (ANDROID_ID, re.compile(r"(?i)(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])")),
    (IMEI, re.compile(r"(?<![\w.])(?:\d{15}|\d{19,20})(?![\w.])")),
    (PHONE_NUMBER, re.compile(r"(?<!\w)\+\d(?:[ ()-]?\d){7,14}\b")),
    (LOCATION, re.compile(r"(?i)\b(?:lat|latitude|lon|lng|longitude)\b\W{1,3}(?P<secret>-?\d{1,3}\.\d+)")),
    (LOCATION, re.compile(r"Location\[\w+ (?P<secret>-?\d{1,3}\.\d+,-?\d{1,3}\.\d+)")),
)
"""Kinds of secrets, each by its form, or by the words right before it."""
_CPU_SERIAL = re.compile(r"^Serial\s*:\s*(\w+)\s*$", re.MULTILINE)
_PUBLIC_KEYS = ("ro.product.", "ro.config.marketing_name", "ro.vendor.oplus.market.", "ro.vivo.market.")
"""Some people call their phone by its model, which is no secret."""
_SHORTEST_ANYWHERE = 6
_SHORTEST_NUMBER_ANYWHERE = 8


@dataclass(slots=True)
class Scrubber:
    """Takes secrets out of texts; what it has seen in one it also finds in the next.

    Attributes:
        removed: how often each kind of secret was taken out.
    """

    removed: Counter[str] = field(default_factory=Counter)
    _placeholders: dict[str, str] = field(default_factory=dict)
    _kinds: dict[str, str] = field(default_factory=dict)
    _public: set[str] = field(default_factory=set)

    def learn_serial(self, serial: str) -> None:
        """A serial number that is known from elsewhere."""
        self._learn(SERIAL, serial)

    def learn(self, text: str) -> None:
        """Note the secrets that a text names, so that they are found wherever else they stand."""
        properties = _PROPERTY.findall(text)
        self._public |= {value for key, value in properties if key.startswith(_PUBLIC_KEYS)}
        for key, value in [*properties, *_NAMED.findall(text)]:
            if kind := _kind_of(key, value.strip()):
                self._learn(kind, value.strip())
        for serial in _CPU_SERIAL.findall(text):
            self._learn(SERIAL, serial)

    def scrub(self, text: str) -> str:
        """The text without secrets."""
        self.learn(text)
        text = _PROPERTY.sub(self._property, text)
        text = _NAMED.sub(self._named, text)
        for kind, form in _FORMS:
            text = form.sub(self._replacer(kind), text)
        text = "".join(self._without_addresses(line) for line in text.splitlines(keepends=True))
        return self._without_known(text)

    def summary(self) -> str:
        """What was taken out, by kind and count."""
        counted = [f"{count} × {kind}" for kind, count in sorted(self.removed.items())]
        return ", ".join(counted) or "nothing"

    def _learn(self, kind: str, secret: str) -> None:
        if secret and secret not in self._public and not _HARMLESS.fullmatch(secret):
            self._placeholder(kind, secret)

    def _property(self, found: re.Match[str]) -> str:
        kind = _kind_of(found[1], found[2].strip())
        if kind is None or found[2] in self._public or _HARMLESS.fullmatch(found[2].strip()):
            return found[0]
        return found[0].replace(f": [{found[2]}", f": [{self._replaced(kind, found[2].strip())}")

    def _named(self, found: re.Match[str]) -> str:
        kind = _kind_of(found[1], found[2])
        if kind is None or found[2] in self._public or _HARMLESS.fullmatch(found[2]):
            return found[0]
        start = found.start(2) - found.start()
        return found[0][:start] + self._replaced(kind, found[2])

    def _replacer(self, kind: str) -> Callable[[re.Match[str]], str]:
        def replace(found: re.Match[str]) -> str:
            secret = found.groupdict().get("secret") or found[0]
            if self._is_placeholder(secret.strip('"')):
                return found[0]
            return found[0].replace(secret, self._replaced(kind, secret.strip('"')))

        return replace

    def _without_addresses(self, line: str) -> str:
        """IPv4 addresses look like versions with four parts, but for where they stand."""
        is_version = bool(_VERSION_LINE.search(line))

        def replace(found: re.Match[str]) -> str:
            address = found[1]
            if _PLAIN_IP.match(address) or (is_version and not _PRIVATE_IP.match(address)):
                return found[0]
            return self._replaced(IP, address)

        return _IPV4.sub(replace, line)

    def _without_known(self, text: str) -> str:
        for secret in sorted(self._placeholders, key=len, reverse=True):
            form = _anywhere(secret, self._kinds[secret])
            if form is not None:
                text, times = form.subn(self._placeholders[secret], text)  # no placeholder has a backslash
                if times:
                    self.removed[self._kinds[secret]] += times
        return text

    def _replaced(self, kind: str, secret: str) -> str:
        if self._is_placeholder(secret):
            return secret
        self.removed[kind] += 1
        return self._placeholder(kind, secret)

    def _is_placeholder(self, text: str) -> bool:
        return text in self._placeholders.values()

    def _placeholder(self, kind: str, secret: str) -> str:
        if secret not in self._placeholders:
            number = 1 + sum(1 for other in self._kinds.values() if other == kind)
            self._kinds[secret] = kind
            self._placeholders[secret] = _placeholder(kind, number, secret)
        return self._placeholders[secret]


def _kind_of(key: str, value: str) -> str | None:
    """Which kind of secret a property, setting or field of this name holds, if it holds one."""
    if key.startswith("init.svc."):
        return None
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s-]", "_", key).lower()
    kind = next((kind for kind, form in _KEYS if re.search(form, plain)), None)
    form = _VALUES.get(kind or "")
    return kind if form is None or form.fullmatch(value) else None


def _placeholder(kind: str, number: int, secret: str) -> str:
    """Something of the same shape that nobody has."""
    if kind == SERIAL:
        return f"VP{secrets.token_hex(5).upper()}"
    fixed = {
        MAC: f"02:00:00:00:00:{number & 0xFF:02x}",
        MAIL: f"somebody{number}@example.com",
        SSID: f"network-{number}",
        IP: f"2001:db8::{number:x}" if ":" in secret else f"192.0.2.{number % 255}",
        NAME: f"name-{number}",
        LOCATION: "0.0",
    }
    return fixed.get(kind) or _same_shape(secret, number)


def _same_shape(secret: str, number: int) -> str:
    """The secret's letters and digits as zeros, but for a number at its end."""
    zeros = re.sub(r"[0-9A-Za-z]", "0", secret)
    return zeros[: -len(str(number))] + str(number) if len(zeros) > len(str(number)) else zeros


def _anywhere(secret: str, kind: str) -> re.Pattern[str] | None:
    """Where a known secret is found; None if it is so short that it would be found in harmless places."""
    if len(secret) < (_SHORTEST_NUMBER_ANYWHERE if secret.isdecimal() else _SHORTEST_ANYWHERE):
        return None
    if kind == MAC:
        digits = re.sub(r"^0x|[:-]", "", secret)
        return re.compile("[:-]?".join(map(re.escape, digits)), re.IGNORECASE)
    escaped = re.escape(secret)
    if secret.isdecimal():
        return re.compile(rf"(?<!\d){escaped}(?!\d)")
    if re.search(r"\d", secret):
        return re.compile(escaped, re.IGNORECASE)
    return re.compile(rf"(?<![0-9A-Za-z]){escaped}(?![0-9A-Za-z])", re.IGNORECASE)
