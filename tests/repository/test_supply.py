"""What others supply: bounds and security floors, the exact set that is tested, licences, and what a Space is told."""

import json
import re
import tomllib
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.started import ROOT
from tools import licences, lock

# Below these stand published advisories: CVE-2025-32434 and CVE-2026-24747 of torch, those of gradio's 6.x.
FLOORS = {"torch": "2.10", "gradio": "6.31"}


def asked_for(name: str = "requirements.txt") -> dict[str, Requirement]:
    return {canonicalize_name(one.name): one for one in lock.requirements_of(ROOT / name)}


def locked() -> dict[str, Version]:
    return {
        name: Version(str(one.specifier).removeprefix("==")) for name, one in asked_for("requirements.lock").items()
    }


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_bounded_on_both_sides(name):
    for requirement in asked_for(name).values():
        operators = {one.operator for one in requirement.specifier}
        assert operators in ({"=="}, {">=", "<"}), requirement


def test_nothing_below_a_security_floor_can_be_installed():
    for name, floor in FLOORS.items():
        bounds = [Version(one.version) for one in asked_for()[name].specifier if one.operator in ("==", ">=")]
        assert min(bounds) >= Version(floor)
        assert locked()[name] >= Version(floor)


def test_the_lock_is_exact_and_complete():
    for name, requirement in asked_for("requirements.lock").items():
        assert [one.operator for one in requirement.specifier] == ["=="], name
    assert set(locked()) == set(lock.needed()), "make it anew: python tools/lock.py"


def test_the_lock_fits_what_is_asked_for():
    for name, requirement in asked_for().items():
        assert locked()[name] in requirement.specifier, name


def test_the_tests_run_with_the_locked_versions():
    other = {name: here for name, one in locked().items() if Version(here := version(name)).public != one.public}
    if other:
        pytest.skip(f"other versions are installed here than requirements.lock has: {other}")
    assert lock.lock() == lock.LOCK.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    ["requirements.txt", "requirements-dev.txt", "requirements.lock", "docs/licences.md", "package.json", ".npmrc"],
)
def test_dependency_files_name_no_address_or_machine_path(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"://|--index|--find-links| @ |\+cpu|/(home|opt|root|work|usr)/", text)


def test_what_checks_the_scripts_is_pinned():
    """By exact versions: a lock file would hold addresses."""
    versions = json.loads((ROOT / "package.json").read_text())["devDependencies"].values()
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", one) for one in versions)
    assert "package-lock=false" in (ROOT / ".npmrc").read_text().splitlines()


def test_the_licence_of_every_locked_package_is_listed():
    listed = re.findall(
        r"^\| ([a-z0-9.-]+) \| (\d\S*) \| (.+) \|$", licences.LIST.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {name: Version(number) for name, number, _ in listed} == locked()
    assert all(told != "unknown" for _, _, told in listed)
    assert [told for _, _, told in listed] == [licences.licence(name) for name, _, _ in listed]


def test_licences_with_further_conditions_have_a_remark():
    asking = {name for name, _, told in licences.rows() if licences.asks_more(told)}
    assert asking <= set(licences.REMARKS) <= set(locked())
    text = licences.LIST.read_text(encoding="utf-8")
    assert all(f"- **{name}**: {remark}.\n" in text for name, remark in licences.REMARKS.items())


@pytest.mark.parametrize(
    ("told", "more"),
    [("MIT", False), ("BSD-3-Clause AND Zlib", False), ("LGPL-3.0-only", True), ("AGPL-3.0", True), ("unknown", True)],
)
def test_copyleft_is_noticed(told, more):
    assert licences.asks_more(told) is more


def front_matter() -> dict[str, str]:
    """What the README tells Hugging Face Spaces, which reads it as YAML; ours are plain lines of it."""
    _, matter, _ = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return {key: value.strip('"') for key, _, value in (line.partition(": ") for line in matter.splitlines())}


def test_the_space_metadata_names_the_tested_versions():
    space = front_matter()
    assert (space["sdk"], space["app_file"], space["license"], space["pinned"]) == ("gradio", "app.py", "mit", "false")
    assert (ROOT / space["app_file"]).is_file()
    assert Version(space["sdk_version"]) == locked()["gradio"]
    assert len(space["short_description"]) <= 60
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {space["colorFrom"], space["colorTo"]} <= colours


def test_space_container_and_project_agree_on_python():
    python = front_matter()["python_version"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert python in SpecifierSet(project["requires-python"])
    assert f"FROM python:{python}-slim\n" in (ROOT / "Dockerfile").read_text()
