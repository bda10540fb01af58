"""Those of adbutils' end-to-end tests that a virtual phone cannot pass, each with the reason."""

FAIL = {
    "test_adb.test_wait_for": "waits for a phone on USB; virtual ones are on TCP",
    "test_device_base.test_framebuffer": "needs a screen",
    "test_device_shell_extend.test_dump_hierarchy": "needs a screen",
    "test_record.test_screenrecord": "needs a screen",
    "test_device_shell_extend.test_wlan_ip": "needs a wireless network",
}
SKIPPED = {
    "test_deprecated.test_current_app": "adbutils skips it: what it tests was removed",
    "test_device_shell_extend.test_app_start_stop": "adbutils skips it without an app of Appium's",
}
