"""A device more in a settings file: whatever stood there stands there still, and the file says one device more."""

import difflib
import itertools
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.settings import SettingsError, load
from backend.settings.addition import Changed, draft, write
from backend.settings.insertion import Given, NoPlace, with_device
from backend.settings.load import check_text

ROOT = Path(__file__).parents[4]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DEVICE: Given = {
    "kind": "inverter",
    "name": {"ja": "屋根 “南”", "en": 'Roof: "south" #2'},
    "address": "sunspec://192.0.2.77:502?unit=3",
    "rated_w": 9900.0,
}
HEAD = """\
node: {name: test, cache: x.db}  # a comment
sites:
"""
PLACE = "name: {en: Aoba}"
SITE = f"""\
  aoba:
    {PLACE}
    place: {{latitude: 35.6, longitude: 139.7}}
    timezone: Asia/Tokyo
"""
ROOF = "{kind: meter, name: {en: M}, address: 'sunspec://192.0.2.1'}"
FILES = {
    "no devices": HEAD + SITE + "# after\n",
    "no devices, then more": HEAD + SITE + "    # of the site\n\n  other:\n" + SITE.partition("\n")[2],
    "empty braces": HEAD + SITE + "    devices: {}  # none yet\n",
    "empty braces at the end": HEAD + SITE + "    devices: {}",
    "braces": HEAD + SITE + f"    devices: {{roof: {ROOF}}}  # one\n",
    "braces over lines": HEAD + SITE + f"    devices: {{\n      roof: {ROOF},  # one\n      }}\n",
    "one line each": HEAD + SITE + f"    devices:\n      roof: {ROOF}  # one\n\nkiosk: {{site: aoba}}\n",
    "comments below": HEAD
    + SITE
    + "    devices:\n      roof:\n        kind: meter\n        name: {en: M}\n        address: 'sunspec://192.0.2.1'  # here\n"
    "        # rated_w: 5\n      # of all devices\n    # of the site\n# of all sites\nkiosk: {site: aoba}\n",
    "four spaces": HEAD
    + SITE
    + "    devices:\n          roof:\n              kind: meter\n              name:\n                en: M\n"
    "              address: 'sunspec://192.0.2.1'",
    "connectors": HEAD
    + SITE
    + "    devices:\n      ev:\n        kind: charger\n        name: {en: C}\n        address: ocpp://C1\n"
    "        security: none\n        connectors:\n        - {number: 1}\n        - number: 2\n"
    "          type: CCS  # the second\n    co2_wording: fit\n",
    "a site in braces": f"node: {{name: t, cache: x}}\nsites: {{aoba: {{{PLACE}, place: {{latitude: 1, longitude: 2}}, "
    "timezone: UTC}}  # end\n",
}


def lines_taken_away(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(True), after.splitlines(True)) if line.startswith("- ")]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", FILES)
def test_the_new_device_is_there_and_nothing_else_changed(name: str, newline: str, tmp_path: Path) -> None:
    file = tmp_path / "node.yaml"
    text = FILES[name].replace("\n", newline)
    file.write_bytes(text.encode())
    old = load(file)
    made = draft(file, "aoba", "pcs9", DEVICE)
    after = made.after.decode()
    assert made.settings.devices[: len(old.devices)] == old.devices or len(old.devices) == 0
    new = next(device for device in made.settings.devices if device.key == "aoba/pcs9")
    assert (new.names, new.address, new.rated_w) == (DEVICE["name"], DEVICE["address"], 9900)
    # Every character of before is still there, in its order, but for the braces that stood for "no devices".
    remaining = iter(after)
    missing = [letter for letter in text if letter not in " {}" and letter not in remaining]
    assert missing == []
    assert ("\n" in after.replace("\r\n", "")) is (newline == "\n")
    if "{}" not in text and "braces" not in name:
        assert lines_taken_away(text.rstrip("\r\n") + newline, after.rstrip("\r\n") + newline) == []


def test_comments_stay_with_whom_they_belong_to() -> None:
    after = with_device(FILES["comments below"], "aoba", "pcs9", DEVICE)
    order = [after.index(part) for part in ("# rated_w: 5", "pcs9:", "# of all devices", "# of the site", "# of all sites")]
    assert order == sorted(order)


def test_the_example_file_takes_many_devices(tmp_path: Path) -> None:
    file = tmp_path / "school.yaml"
    file.write_bytes((ROOT / "assets/examples/school.yaml").read_bytes())
    for number in range(5):
        given = {**DEVICE, "address": f"sunspec://192.0.2.{number + 20}:502"}
        write(draft(file, "aoba-es", f"pcs-{number}", given), NOON)
    assert [device.key for device in load(file).devices][2:] == [f"aoba-es/pcs-{number}" for number in range(5)]
    assert len(list(tmp_path.glob("*.bak*"))) == 5


def test_made_up_files_in_every_mixture_of_forms() -> None:
    chance = random.Random(11)
    taken = 0
    for order in itertools.permutations(("devices", "pv", "co2")):
        for form in range(40):
            text = HEAD + _mixed(order, chance)
            after = with_device(text, "aoba", "pcs9", DEVICE)
            old, new = check_text(text, Path("x.yaml")), check_text(after, Path("x.yaml"))
            assert len(new.devices) == len(old.devices) + 1, (form, after)
            assert old.sites == new.sites
            assert text.count("#") + 1 == after.count("#")
            taken += 1
    assert taken == 240


def _mixed(order: tuple[str, ...], chance: random.Random) -> str:
    parts = {
        "devices": chance.choice(
            [
                f"    devices:\n      a: {ROOF}\n{'      # x' + chr(10) if chance.random() < 0.5 else ''}",
                f"    devices: {{a: {ROOF}}} # y\n",
                "    devices:\n        a:\n          kind: meter\n          name:\n            en: M\n"
                "          address: sunspec://192.0.2.1\n\n\n          # deep\n",
            ]
        ),
        "pv": chance.choice(["    pv: {installed_kw: 5} # z\n", "    pv:\n      installed_kw: 5\n\n"]),
        "co2": "    co2_wording: fit   # w\n",
    }
    return SITE + "".join(parts[name] for name in order)


@pytest.mark.parametrize(
    ("text", "site"),
    [
        (HEAD + SITE, "other"),
        ("", "aoba"),
        ("- 1", "aoba"),
        ("a: [", "aoba"),
        (HEAD + SITE + "    devices: 5\n", "aoba"),
        (HEAD + SITE + f"    devices:\n      roof: {ROOF}\n      wall: |\n        a\n        b\n", "aoba"),
    ],
)
def test_where_no_place_is_certain_nothing_is_added(text: str, site: str) -> None:
    with pytest.raises(NoPlace):
        with_device(text, site, "pcs9", DEVICE)


def test_what_would_not_be_in_order_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "node.yaml"
    file.write_text(FILES["one line each"], "utf-8")
    with pytest.raises(SettingsError):
        draft(file, "aoba", "again", {**DEVICE, "address": "sunspec://192.0.2.1:502?unit=1"})
    assert list(tmp_path.iterdir()) == [file]


def test_the_file_is_replaced_as_a_whole_with_its_mode_and_a_copy_is_kept(tmp_path: Path) -> None:
    file, link = tmp_path / "real.yaml", tmp_path / "node.yaml"
    file.write_text(FILES["one line each"], "utf-8")
    file.chmod(0o640)
    link.symlink_to(file)
    kept = write(draft(link, "aoba", "pcs9", DEVICE), NOON)
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert kept.read_text("utf-8") == FILES["one line each"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["node.yaml", "real.yaml", "real.yaml.20261124T120000.bak"]


def test_what_somebody_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "node.yaml"
    file.write_text(FILES["one line each"], "utf-8")
    made = draft(file, "aoba", "pcs9", DEVICE)
    file.write_text(FILES["braces"], "utf-8")
    with pytest.raises(Changed):
        write(made, NOON)
    assert file.read_text("utf-8") == FILES["braces"]
