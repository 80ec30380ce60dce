"""Models of a hub on 127.0.0.1: what is downloaded, what is kept, and what each mishap says in one line."""

import re
import sys
from pathlib import Path

import pytest
from told import Told

from saccade.experiments import USER_ERRORS, evaluate, explain
from saccade.experiments.zoo.address import HubAddress
from saccade.experiments.zoo.saved_model import saved_model
from saccade.saliency import load_policy

REPO = "sb3/ppo-CartPole-v1"
FEW = {"states": 2, "steps": 6, "video_steps": 0, "checks": False, "device": "cpu"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("hf:sb3/ppo-CartPole-v1", ("sb3/ppo-CartPole-v1", None, "main")),
        ("hf:a/b:final.zip", ("a/b", "final.zip", "main")),
        ("hf:a/b@v1.0", ("a/b", None, "v1.0")),
        ("hf:a/b:models/best.zip@refs/pr/3", ("a/b", "models/best.zip", "refs/pr/3")),
    ],
)
def test_an_address(words, expected):
    address = HubAddress.of(words)
    assert (address.repo, address.file, address.revision) == expected


@pytest.mark.parametrize(
    "words", ["hf:", "hf:sb3", "hf:a/b/c", "hf:a/b:x.pkl", "hf:a/b:../x.zip", "hf:a/b:/x.zip", "hf:a/b@x@y", "hf:a b/c"]
)
def test_what_is_no_address(words):
    with pytest.raises(USER_ERRORS, match="the form is hf:owner/repo"):
        HubAddress.of(words)


def test_a_model_of_the_hub_is_explained_in_the_env_that_the_zoo_names(hub, zoo_files):
    hub.files[REPO] = zoo_files
    told = Told()
    explained = explain(f"hf:{REPO}", reporter=told, **FEW)
    assert explained.about == f"hf:{REPO}:ppo-CartPole-v1.zip@{'a' * 40} in CartPole-v1"
    assert (Path("explain-ppo-CartPole-v1") / "report.md").read_text().startswith(f"# hf:{REPO}")
    assert f"{len(zoo_files['ppo-CartPole-v1.zip']):,} bytes" in told.lines[0]
    loaded = {path.rpartition("/")[2] for method, path in hub.asked if method == "GET" and "/resolve/" in path}
    assert loaded == {"args.yml", "config.yml", "env_kwargs.yml", "ppo-CartPole-v1.zip"}


def test_a_model_of_the_hub_is_evaluated(hub, zoo_files):
    hub.files[REPO] = zoo_files
    scores = evaluate(f"hf:{REPO}@old", games=2, video_steps=2, output="scores")
    assert scores.scores.shape == (2,)
    assert scores.env == "CartPole-v1"
    assert sorted(path.name for path in Path("scores").iterdir()) == ["scores.csv", "scores.json", "video.mp4"]
    assert f"@{'b' * 40}" in Path("scores/scores.json").read_text()
    with pytest.raises(USER_ERRORS, match="exists already"):
        evaluate(f"hf:{REPO}@old", games=1, output="scores")


def test_which_file_is_meant(hub, zoo_files):
    told = Told()
    hub.files["me/mine"] = {**zoo_files, "best_model.zip": zoo_files["ppo-CartPole-v1.zip"]}
    assert saved_model("hf:me/mine", reporter=told).path.name == "ppo-CartPole-v1.zip"
    assert told.lines[0] == "me/mine: the model is ppo-CartPole-v1.zip; there are also best_model.zip"
    assert saved_model("hf:me/mine:best_model.zip").path.name == "best_model.zip"
    with pytest.raises(USER_ERRORS, match=r"no file x.zip at revision main; it has: best_model.zip, ppo-CartPole-v1.zip"):
        saved_model("hf:me/mine:x.zip")
    hub.files["me/two"] = {"a.zip": b"", "b.zip": b""}
    with pytest.raises(USER_ERRORS, match=r"two has several models; give one of them: a.zip, b.zip"):
        saved_model("hf:me/two")
    hub.files["me/none"] = {"README.md": b"", "train_eval_metrics.zip": b""}
    with pytest.raises(USER_ERRORS, match=r"none has no .zip"):
        saved_model("hf:me/none")


def test_without_the_zoos_files_the_user_says_the_env(hub, zoo_files):
    hub.files["me/bare"] = {"model.zip": zoo_files["ppo-CartPole-v1.zip"], "config.yml": b"normalize: batch"}
    with pytest.raises(USER_ERRORS, match="say where the model plays with env"):
        explain("hf:me/bare", **FEW)
    with pytest.raises(USER_ERRORS, match="say where the model plays with env"):
        evaluate("hf:me/bare")
    explain("hf:me/bare", env="CartPole-v1", output="out", **FEW)


def test_from_the_cache_when_the_hub_cannot_be_reached(hub, zoo_files, monkeypatch):
    hub.files[REPO] = zoo_files
    first = saved_model(f"hf:{REPO}")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    told = Told()
    again = saved_model(f"hf:{REPO}", reporter=told)
    assert again == first
    assert told.lines[0] == f"the hub cannot be reached; {REPO} is taken from the cache, at {'a' * 40}"
    assert saved_model(f"hf:{REPO}@{'a' * 40}").path == first.path
    with pytest.raises(USER_ERRORS, match=r"sb3/other cannot be had from http://127.0.0.1:9"):
        saved_model("hf:sb3/other")


def test_a_cache_without_the_zoos_files_is_not_a_repository_without_them(hub, zoo_files, monkeypatch):
    import huggingface_hub

    hub.files[REPO] = zoo_files
    huggingface_hub.hf_hub_download(
        REPO, "ppo-CartPole-v1.zip", endpoint=hub.address
    )  # the model alone, as other programs fetch it
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    model = saved_model(f"hf:{REPO}")
    (note,) = model.notes
    assert "the cache has no args.yml and no config.yml and no env_kwargs.yml" in note
    assert note in model.place(load_policy(model.path), env="CartPole-v1").notes
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    del hub.files[REPO]["args.yml"]
    assert saved_model(f"hf:{REPO}").notes == ()  # the hub says that it has none


def test_offline_as_huggingface_hub_is_told(hub, zoo_files, monkeypatch):
    import huggingface_hub.constants
    import huggingface_hub.utils

    hub.files[REPO] = zoo_files
    first = saved_model(f"hf:{REPO}")
    asked = len(hub.asked)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    huggingface_hub.utils.close_session()
    try:
        assert saved_model(f"hf:{REPO}") == first
        with pytest.raises(USER_ERRORS, match="cannot be had from"):
            saved_model("hf:sb3/other")
    finally:
        huggingface_hub.utils.close_session()
    assert len(hub.asked) == asked


def page(status: int, headers: dict[str, str] | None = None, body: bytes = b"{}") -> tuple[int, dict[str, str], bytes]:
    return status, headers or {}, body


@pytest.mark.parametrize(
    ("where", "answer", "message"),
    [
        ("/api/", page(404, {"X-Error-Code": "RepoNotFound"}), "has no model sb3/ppo-CartPole-v1, or it is private"),
        ("/api/", page(401, {"X-Error-Code": "GatedRepo"}), "is gated: ask for access at http://127.0.0.1"),
        ("/api/", page(403, {"X-Error-Code": "GatedRepo"}), "is gated: ask for access"),
        ("/api/", page(404, {"X-Error-Code": "RevisionNotFound"}), "has no revision main"),
        ("/api/", page(429), "answers 429"),
        ("/api/", page(500), "answers 500 for sb3/ppo-CartPole-v1; try again later"),
        ("/api/", page(200, {}, b"<html>Log in to the hotel"), "answers, but not as the Hugging Face hub does"),
        ("/api/", page(200, {}, b"[]"), "answers, but not as the Hugging Face hub does"),
        ("/api/", page(200, {}, b'{"sha": 5}'), "answers, but not as the Hugging Face hub does"),
        ("/api/", page(302, {"Location": "http://127.0.0.1:9/elsewhere"}), "cannot be had from"),
        ("zip", page(404, {"X-Error-Code": "EntryNotFound"}), "has no file ppo-CartPole-v1.zip at revision main"),
        ("zip", page(403, {"X-Error-Code": "GatedRepo"}), "is gated: ask for access"),
        ("GET /sb3/ppo-CartPole-v1/resolve/main/ppo", page(200, {}, b"short"), "ppo-CartPole-v1.zip of .* cannot be had"),
    ],
)
def test_each_mishap_is_one_line(hub, zoo_files, where, answer, message):
    hub.files[REPO] = zoo_files
    hub.answers[where] = answer
    with pytest.raises(USER_ERRORS, match=message) as error:
        saved_model(f"hf:{REPO}")
    assert "\n" not in str(error.value)


def test_a_redirect_to_a_store_elsewhere_is_followed(hub, zoo_files):
    hub.files[REPO] = zoo_files
    weights = zoo_files["ppo-CartPole-v1.zip"]
    hub.answers["/elsewhere/blob"] = page(200, {}, weights)
    hub.answers["resolve/main/ppo"] = page(
        302,
        {
            "Location": hub.address.replace("127.0.0.1", "localhost") + "/elsewhere/blob",
            "X-Repo-Commit": "a" * 40,
            "X-Linked-ETag": '"blob"',
            "X-Linked-Size": str(len(weights)),
        },
        b"",
    )
    assert saved_model(f"hf:{REPO}").path.read_bytes() == weights


def test_what_is_too_large_is_not_downloaded(hub, zoo_files):
    hub.files[REPO] = zoo_files
    hub.sizes["ppo-CartPole-v1.zip"] = 5_000_000_000
    with pytest.raises(USER_ERRORS, match=r"has 5,000,000,000 bytes; at most 1,000,000,000 are read"):
        saved_model(f"hf:{REPO}")
    assert not [path for _, path in hub.asked if re.search("zip", path)]
    hub.asked.clear()
    hub.sizes["config.yml"] = 5_000_000
    with pytest.raises(USER_ERRORS, match=r"config.yml of .* has 5,000,000 bytes"):
        saved_model(f"hf:{REPO}")
    assert not [path for _, path in hub.asked if re.search("zip|config", path)]


def test_a_file_without_a_size_in_the_list_is_asked_for_it(hub, zoo_files):
    hub.files[REPO] = zoo_files
    hub.sizes["ppo-CartPole-v1.zip"] = None
    assert saved_model(f"hf:{REPO}").path.read_bytes() == zoo_files["ppo-CartPole-v1.zip"]
    hub.asked.clear()
    hub.sizes["args.yml"] = None
    hub.answers["HEAD"] = 200, {"ETag": '"x"', "X-Repo-Commit": "a" * 40, "X-Linked-Size": "5000000"}, b""
    with pytest.raises(USER_ERRORS, match=r"args.yml of .* has 5,000,000 bytes"):
        saved_model(f"hf:{REPO}")
    assert not [path for method, path in hub.asked if method == "GET" and "/resolve/" in path]


def test_the_statistics_are_downloaded_and_read_as_data(hub, zoo_files):
    hub.files[REPO] = {**zoo_files, "config.yml": b"{normalize: true}", "vec_normalize.pkl": b"not a pickle"}
    assert saved_model(f"hf:{REPO}").statistics.read_bytes() == b"not a pickle"
    with pytest.raises(USER_ERRORS, match=r"vec_normalize\.pkl holds no VecNormalize that can be read"):
        explain(f"hf:{REPO}", output="maps", **FEW)
    assert not Path("maps").exists()


def test_without_huggingface_hub(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(USER_ERRORS, match=r"install it with pip install 'saccade-rl\[hub\]'"):
        saved_model("hf:sb3/ppo-CartPole-v1")
