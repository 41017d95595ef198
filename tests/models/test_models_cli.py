from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from ragkit import models
from ragkit.cli.models import app
from ragkit.core.errors import ConfigError, ModelError

FILE, CONTENT = "tiny.gguf", b"weights" * 100


@pytest.fixture
def given(make_model, tmp_path):
    (tmp_path / FILE).write_bytes(CONTENT)
    return make_model({FILE: CONTENT}), tmp_path / FILE


def call(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_list_shows_every_model_of_the_catalogue(given):
    entry, _ = given
    lines = call("list").stdout.splitlines()
    assert lines[0].split() == ["name", "kind", "size", "licence", "context", "present", "path"]
    assert [line.split()[0] for line in lines[1:]] == list(models.catalogue())
    assert lines[-1].split() == [entry.name, "generator", "700", "bytes", "MIT", "64", "no", "-"]


def test_list_as_json_says_what_is_present_and_what_a_model_can_do(given):
    entry, file = given
    call("pull", entry.name, "--from", file)
    rows = {row["name"]: row for row in json.loads(call("list", "--json").stdout)["models"]}
    assert rows[entry.name]["present"] is True
    assert rows[entry.name]["path"] == str(models.path(entry.name))
    assert rows[entry.name]["follows_instructions"] == "weak"
    assert rows["all-MiniLM-L6-v2"]["dimension"] == 384
    assert rows["all-MiniLM-L6-v2"]["path"] is None


def test_pull_prints_the_path_on_standard_output_and_progress_on_standard_error(given):
    entry, file = given
    done = call("pull", f"{entry.name}-alias", "--from", file)
    assert done.stdout == f"{entry.name}  {models.path(entry.name)}\n"
    assert done.stderr == f"pulling {entry.name} (700 bytes)\n"


def test_pulling_what_is_present_says_nothing_on_standard_error(given):
    entry, file = given
    call("pull", entry.name, "--from", file)
    done = call("pull", entry.name, "--json")
    assert json.loads(done.stdout) == {"models": [{"name": entry.name, "path": str(models.path(entry.name))}]}
    assert done.stderr == ""


def test_pull_without_a_name_says_what_can_be_pulled(models_dir):
    done = call("pull")
    assert isinstance(done.exception, ConfigError)
    assert "SmolLM2-135M-Instruct-Q4_1" in str(done.exception)


@pytest.mark.parametrize("command", ["pull", "path", "verify"])
def test_an_unknown_model_is_a_usage_error_with_the_nearest_name(command, models_dir):
    done = call(command, "smolm2")
    assert isinstance(done.exception, ConfigError)
    assert done.exception.exit_code == 2
    assert "did you mean 'smollm2'" in str(done.exception)


def test_an_unknown_name_among_others_is_found_before_anything_is_pulled(given):
    entry, file = given
    call("pull", entry.name, "zzzz", "--from", file)
    assert not models.is_present(entry.name)


def test_path_prints_the_path_alone(given):
    entry, file = given
    call("pull", entry.name, "--from", file)
    assert call("path", entry.name).stdout == f"{models.path(entry.name)}\n"
    assert json.loads(call("path", entry.name, "--json").stdout)["name"] == entry.name


def test_path_of_an_absent_model_names_the_command_that_gets_it(given):
    done = call("path", given[0].name)
    assert isinstance(done.exception, ModelError)
    assert f"ragkit models pull {given[0].name}" in str(done.exception)


def test_verify_is_content_when_nothing_is_there(models_dir):
    done = call("verify")
    assert done.exit_code == 0
    assert done.stdout == "no model is on this machine\n"


def test_verify_names_a_damaged_file_and_the_repair(given):
    entry, file = given
    call("pull", entry.name, "--from", file)
    assert call("verify").stdout == f"{entry.name}: ok\n"
    models.path(entry.name).write_bytes(CONTENT[:-1] + b"!")
    done = call("verify")
    assert f"{FILE} has sha256 " in done.stdout
    assert isinstance(done.exception, ModelError)
    assert done.exception.exit_code == 1
    assert str(done.exception) == f"1 model is missing or damaged: run ragkit models pull {entry.name}"


def test_verify_as_json_gives_both_hashes(given):
    entry, file = given
    call("pull", entry.name, "--from", file)
    models.path(entry.name).write_bytes(b"")
    report = json.loads(call("verify", entry.name, "--json").stdout)
    assert report["ok"] is False
    (row,) = report["models"][0]["files"]
    assert (row["state"], row["expected"]) == ("damaged", entry.files[0].sha256)
    assert row["actual"] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # of nothing


def test_importing_the_commands_loads_no_rich():
    code = "import sys, ragkit.cli.models; print('rich' in sys.modules, 'huggingface_hub' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
