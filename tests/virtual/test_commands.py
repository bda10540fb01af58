"""The commands that a shell user expects: what they print, and what they say when they cannot."""

import re

import pytest

from tests.virtual.connected import ConnectedPhone

TMP = "/data/local/tmp"


@pytest.fixture(scope="module")
def folder(phone: ConnectedPhone) -> str:
    """A folder with a few files whose times, sizes and links are known."""
    path = f"{TMP}/known"
    phone.shell(
        f"rm -rf {path}; mkdir -p {path}/sub; echo -n 12345 > {path}/five; echo a > {path}/.hidden; "
        f"echo b > {path}/sub/deep.txt; ln -s five {path}/link; ln -s /nowhere {path}/broken; "
        f"touch -t 202001020304.05 {path}/five; chmod 640 {path}/five"
    )
    return path


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("ls", "broken\nfive\nlink\nsub\n"),
        ("ls -1A", ".hidden\nbroken\nfive\nlink\nsub\n"),
        ("ls -a", ".\n..\n.hidden\nbroken\nfive\nlink\nsub\n"),
        ("ls -d", "@\n"),
        ("ls -R", "@:\nbroken\nfive\nlink\nsub\n\n@/sub:\ndeep.txt\n"),
        ("ls @/five", "@/five\n"),
        ("ls -ld @/five", "-rw-r----- 1 shell shell        5 2020-01-02 03:04 @/five\n"),
        (
            "stat -c '%n %s %a %A %Y %F %U %u' @/five",
            "@/five 5 640 -rw-r----- 1577934245 regular file shell 2000\n",
        ),
        ("stat -c '%N %F' @/link", "'@/link' -> 'five' symbolic link\n"),
        ("stat -L -c %s @/link", "5\n"),
        ("cat @/link", "12345"),
        ("readlink @/link", "five\n"),
        ("readlink -f @/link", "@/five\n"),
        ("realpath @/sub/../link", "@/five\n"),
        ("find @ -name '*.txt'", "@/sub/deep.txt\n"),
        ("find @ -type l", "@/broken\n@/link\n"),
        ("find @ -maxdepth 1 -type f", "@/.hidden\n@/five\n"),
        ("find @ -name five | xargs cat", "12345"),
        ("du -s @/five", "4\t@/five\n"),
        ("md5sum -b @/five", "827ccb0eea8a706c4c34a16891f84e7b\n"),
        ("sha1sum @/five", "8cb2237d0679ca88db6464eac60da96345513964  @/five\n"),
        ("cp -r @/sub @/copy; ls @/copy; rm -r @/copy", "deep.txt\n"),
        ("dd if=@/five bs=2 count=1 2>/dev/null", "12"),
        ("truncate -s 3 @/t; wc -c @/t; rm @/t", "3 @/t\n"),
        ("cmp @/five @/link && echo same", "same\n"),
        ("basename @/b.txt .txt; dirname @/b.txt", "b\n@\n"),
        ("chmod u+x @/five; stat -c %a @/five; chmod 640 @/five", "740\n"),
        ("rm @/broken; ls @/broken; ln -s /nowhere @/broken", ""),
        ("echo x | tee @/tee; cat @/tee; rm @/tee", "x\nx\n"),
    ],
)
def test_files_are_shown_as_toybox_shows_them(
    phone: ConnectedPhone, folder: str, line: str, output: str
) -> None:
    answer = phone.shell(line.replace("@", folder) if "@" in line else f"{line} {folder}")
    assert answer.stdout == output.replace("@", folder)


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("printf 'b 2\\na 10\\na 9\\n' | sort", "a 10\na 9\nb 2\n"),
        ("printf '10\\n9\\n100\\n' | sort -rn", "100\n10\n9\n"),
        ("printf 'x:3\\ny:1\\n' | sort -t : -k 2", "y:1\nx:3\n"),
        ("printf 'a\\na\\nb\\n' | uniq -c", "      2 a\n      1 b\n"),
        ("echo a:b:c:d | cut -d : -f 2,4", "b:d\n"),
        ("echo abcdef | cut -c 2-4", "bcd\n"),
        ("echo Hello | tr a-z A-Z", "HELLO\n"),
        ("printf 'a\\r\\n' | tr -d '\\r'", "a\n"),
        ("echo 'a  b' | tr -s ' '", "a b\n"),
        ("echo 'key=value' | sed 's/.*=//'", "value\n"),
        ("printf '1\\n2\\n3\\n' | sed -n 2p", "2\n"),
        ("echo aXbXc | sed 's/X/-/g'", "a-b-c\n"),
        ("echo abc | sed -E 's/(a)(b)/\\2\\1/'", "bac\n"),
        ("printf 'one\\ntwo\\n' | grep -n t", "2:two\n"),
        ("printf 'a+b\\naab\\n' | grep 'a+b'", "a+b\n"),
        ("printf 'a+b\\naab\\n' | grep -E 'a+b'", "aab\n"),
        ("echo 'cpu0 cpu1' | grep -o 'cpu[0-9]'", "cpu0\ncpu1\n"),
        ("seq 3 | tail -n +2", "2\n3\n"),
        ("seq 2 2 6 | tr '\\n' ' '", "2 4 6 "),
        ("echo 1 2 3 | xargs -n 1 echo n", "n 1\nn 2\nn 3\n"),
        ("printf '%s-%03d\\n' a 7 b 8", "a-007\nb-008\n"),
        ("echo -e 'a\\tb'", "a\tb\n"),
        ("sh -c 'echo in; exit 4'; echo $?", "in\n4\n"),
        ("date -d @0 +%Y-%m-%dT%H:%M:%S", "1970-01-01T00:00:00\n"),
        ("getprop no.such fallback", "fallback\n"),
        ("setprop debug.elbench 5; getprop debug.elbench", "5\n"),
        ("nproc; getconf _NPROCESSORS_CONF; pwd; id -u; whoami", "8\n8\n/\n2000\nshell\n"),
        ("env | grep ^TMPDIR", "TMPDIR=/data/local/tmp\n"),
        ("ls -d /sdcard; readlink /sdcard; ls -ld /sdcard/", None),
        ("cmd deviceidle get deep; dumpsys deviceidle get light", "ACTIVE\nACTIVE\n"),
        ("dumpsys deviceidle force-idle; dumpsys deviceidle get deep; dumpsys deviceidle unforce", None),
    ],
)
def test_a_pipeline_gives_what_it_gives_on_a_phone(
    phone: ConnectedPhone, line: str, output: str | None
) -> None:
    known = {
        "ls -d": "/sdcard\n/storage/emulated/0\n",
        "dumps": "Now forced in to deep idle mode\nIDLE\nLight state: ACTIVE, deep state: ACTIVE\n",
    }
    said = phone.shell(line).stdout
    assert said.startswith(known[line[:5]]) if output is None else said == output


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("ls -? /", 1, "ls: Unknown option '?' (see \"ls --help\")"),
        ("ls /data/data", 1, "ls: /data/data: Permission denied"),
        ("cat /data/data/x/y", 1, "cat: /data/data/x/y: Permission denied"),
        ("ls /data/data/com.android.shell", 1, "ls: /data/data/com.android.shell: Permission denied"),
        ("mkdir /system/x", 1, "mkdir: '/system/x': Read-only file system"),
        (
            "ln -s a /sdcard/l",
            1,
            "ln: cannot create symbolic link from 'a' to '/sdcard/l': Operation not permitted",
        ),
        ("setprop ro.x 1", 1, "Failed to set property 'ro.x' to '1'.\nSee dmesg for error reason."),
        ("date 010203042020", 1, "date: cannot set date: Operation not permitted"),
        ("awk 1", 127, "/system/bin/sh: awk: inaccessible or not found"),
        ("ifconfig wlan0", 1, "ifconfig: wlan0: No such device"),
        ("dumpsys nonsense", 0, "Can't find service: nonsense"),
        ("cmd nonsense", 20, "cmd: Can't find service: nonsense"),
        ("stat /nope", 1, "stat: '/nope': No such file or directory"),
        ("touch -t 99 /sdcard/x", 1, "touch: bad date '99'"),
        ("find / -size 3", 1, "find: bad arg '-size'"),
        ("sed 's/(/' ", 1, "sed: bad pattern 's/(/' (unknown command)"),
        ("chmod 999 /sdcard", 1, "chmod: bad mode '999'"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_phones_words(
    phone: ConnectedPhone, line: str, status: int, message: str
) -> None:
    answer = phone.shell(line)
    assert (answer.returncode, answer.stderr.strip()) == (status, message)


def test_scripts_in_scripts_end(phone: ConnectedPhone) -> None:
    phone.shell(f"echo 'sh {TMP}/again' > {TMP}/again")
    answer = phone.shell(f"sh {TMP}/again")
    assert "can't fork" in answer.stderr
    assert answer.returncode == 126


def test_links_in_a_circle_are_an_error_and_no_hang(phone: ConnectedPhone) -> None:
    answer = phone.shell(f"ln -s b {TMP}/a; ln -s a {TMP}/b; cat {TMP}/a; rm {TMP}/a {TMP}/b; ls {TMP}/a")
    assert "Too many levels of symbolic links" in answer.stderr
    assert f"ls: {TMP}/a: No such file or directory" in answer.stderr


@pytest.mark.parametrize(
    ("service", "lines"),
    [
        ("power", ["  mWakefulness=Awake", "  mLowPowerModeEnabled=false", "Display Power: state=ON"]),
        ("window policy", ["    showing=false", "    secure=false"]),
        ("trust", [r' User "Owner" .* deviceLocked=0,.*']),
        ("display", [r"  mViewports=.*orientation=0.*"]),
        (
            "package com.android.shell",
            [r"    versionCode=34 .*", r"    codePath=/system/app/com.android.shell"],
        ),
        ("cpuinfo", [r"Load: [\d.]+ / [\d.]+ / [\d.]+"]),
        ("meminfo", [r"Total RAM: [\d,]+K .*"]),
        ("deviceidle", ["  mState=ACTIVE mLightState=ACTIVE"]),
    ],
)
def test_services_say_what_programs_look_for(phone: ConnectedPhone, service: str, lines: list[str]) -> None:
    said = phone.shell(f"dumpsys {service}").stdout
    for line in lines:
        assert re.search(f"^{line}$", said, re.MULTILINE), line


def test_the_battery_saver_shows_in_the_power_service(phone: ConnectedPhone) -> None:
    line = "settings put global low_power 1; dumpsys power; settings put global low_power 0"
    assert "  mLowPowerModeEnabled=true\n" in phone.shell(line).stdout


def test_the_thermal_status_can_be_overridden_until_it_is_reset(phone: ConnectedPhone) -> None:
    said = phone.shell(
        "cmd thermalservice override-status 3; dumpsys thermalservice | grep -E '^(IsS|Thermal S)'; "
        "cmd thermalservice reset; dumpsys thermalservice | grep -E '^(IsS|Thermal S)'"
    ).stdout
    assert said == "IsStatusOverride: true\nThermal Status: 3\nIsStatusOverride: false\nThermal Status: 0\n"


def test_several_apks_are_installed_in_one_session(phone: ConnectedPhone) -> None:
    listed = phone.shell("pm install-create -r; pm install-commit 5; pm install-abandon nonsense")
    created = re.search(r"^Success: created install session \[(\d+)\]$", listed.stdout, re.MULTILINE)
    assert created
    assert "Caller has no access to session 5" in listed.stderr
    answer = phone.shell(f"pm install-write -S 3 {created[1]} base.apk -; pm install-commit {created[1]}")
    assert "INVALID_APK" in answer.stdout
