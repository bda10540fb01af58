"""What people call a phone."""

from dataclasses import replace

import pytest

from tests.results.records import PHONE


@pytest.mark.parametrize(
    ("manufacturer", "model", "name"),
    [
        ("Google", "Pixel 8", "Google Pixel 8"),
        ("Xiaomi", "Xiaomi 14", "Xiaomi 14"),
        ("HUAWEI", "Huawei Mate 20", "Huawei Mate 20"),
        (None, "Pixel 8", "Pixel 8"),
        ("Google", None, "Google"),
        (None, None, "unnamed phone"),
    ],
)
def test_a_phone_is_called_by_its_maker_and_model_as_far_as_they_are_known(
    manufacturer: str | None, model: str | None, name: str
) -> None:
    unsaid = {
        key: "no property" for key, said in (("manufacturer", manufacturer), ("model", model)) if not said
    }
    phone = replace(PHONE, manufacturer=manufacturer, model=model, missing={**PHONE.missing, **unsaid})
    assert phone.name == name
