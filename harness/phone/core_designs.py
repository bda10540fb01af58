"""Names of processor cores by implementer and part number, as MIDR_EL1 and /proc/cpuinfo give them.

Sources: Linux, arch/arm64/include/asm/cputype.h and arch/arm/include/asm/cputype.h; util-linux,
sys-utils/lscpu-arm.c, for those that the kernel need not tell apart; Arm's technical reference manuals.
"""

ARM, BROADCOM, CAVIUM, HISILICON, NVIDIA, QUALCOMM, SAMSUNG, MARVELL = (
    0x41, 0x42, 0x43, 0x48, 0x4E, 0x51, 0x53, 0x56,
)  # fmt: skip

_ARM_PARTS = {
    0xC05: "Cortex-A5",
    0xC07: "Cortex-A7",
    0xC08: "Cortex-A8",
    0xC09: "Cortex-A9",
    0xC0D: "Cortex-A17",  # early revisions; they were sold as Cortex-A12
    0xC0E: "Cortex-A17",
    0xC0F: "Cortex-A15",
    0xD01: "Cortex-A32",
    0xD02: "Cortex-A34",
    0xD03: "Cortex-A53",
    0xD04: "Cortex-A35",
    0xD05: "Cortex-A55",
    0xD06: "Cortex-A65",
    0xD07: "Cortex-A57",
    0xD08: "Cortex-A72",
    0xD09: "Cortex-A73",
    0xD0A: "Cortex-A75",
    0xD0B: "Cortex-A76",
    0xD0C: "Neoverse-N1",
    0xD0D: "Cortex-A77",
    0xD0E: "Cortex-A76AE",
    0xD40: "Neoverse-V1",
    0xD41: "Cortex-A78",
    0xD42: "Cortex-A78AE",
    0xD44: "Cortex-X1",
    0xD46: "Cortex-A510",
    0xD47: "Cortex-A710",
    0xD48: "Cortex-X2",
    0xD49: "Neoverse-N2",
    0xD4B: "Cortex-A78C",
    0xD4C: "Cortex-X1C",
    0xD4D: "Cortex-A715",
    0xD4E: "Cortex-X3",
    0xD4F: "Neoverse-V2",
    0xD80: "Cortex-A520",
    0xD81: "Cortex-A720",
    0xD82: "Cortex-X4",
    0xD84: "Neoverse-V3",
    0xD85: "Cortex-X925",
    0xD87: "Cortex-A725",
    0xD88: "Cortex-A520AE",
    0xD89: "Cortex-A720AE",
    0xD8A: "C1-Nano",
    0xD8B: "C1-Pro",
    0xD8C: "C1-Ultra",
    0xD90: "C1-Premium",
}
_QUALCOMM_PARTS = {
    0x001: "Oryon",
    0x00F: "Scorpion",
    0x02D: "Scorpion",
    0x04D: "Krait",
    0x06F: "Krait",
    0x201: "Kryo",
    0x205: "Kryo",
    0x211: "Kryo",
    0x800: "Kryo 2xx Gold",
    0x801: "Kryo 2xx Silver",
    0x802: "Kryo 3xx Gold",
    0x803: "Kryo 3xx Silver",
    0x804: "Kryo 4xx Gold",
    0x805: "Kryo 4xx Silver",
    0xC00: "Falkor",
    0xC01: "Saphira",
}
_OTHER_PARTS = {
    (BROADCOM, 0x00F): "Brahma-B15",
    (BROADCOM, 0x100): "Brahma-B53",
    (CAVIUM, 0x0A0): "ThunderX",
    (CAVIUM, 0x0A1): "ThunderX",
    (CAVIUM, 0x0AF): "ThunderX2",
    (HISILICON, 0xD01): "TaiShan v110",
    (HISILICON, 0xD02): "TaiShan v120",
    (HISILICON, 0xD40): "Cortex-A76",  # the Kirin 980 and its like; Arm's own number is 0xD0B
    (HISILICON, 0xD41): "Cortex-A77",
    (NVIDIA, 0x000): "Denver",
    (NVIDIA, 0x003): "Denver 2",
    (NVIDIA, 0x004): "Carmel",
    (SAMSUNG, 0x001): "Exynos M1",
    (SAMSUNG, 0x002): "Exynos M3",
    (SAMSUNG, 0x003): "Exynos M4",
    (SAMSUNG, 0x004): "Exynos M5",
    (MARVELL, 0x581): "PJ4",
    (MARVELL, 0x584): "PJ4B",
}
_DESIGNS = (
    {(ARM, part): name for part, name in _ARM_PARTS.items()}
    | {(QUALCOMM, part): name for part, name in _QUALCOMM_PARTS.items()}
    | _OTHER_PARTS
)


def core_design(implementer: int, part: int, variant: int) -> str | None:
    """What this core is called; None for one that the tables do not know."""
    if (implementer, part, variant) == (
        SAMSUNG,
        0x001,
        4,
    ):  # the Exynos 8895's, of which only the variant tells
        return "Exynos M2"
    return _DESIGNS.get((implementer, part))
