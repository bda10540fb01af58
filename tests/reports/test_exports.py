from dataclasses import replace

from reports.page import render
from tests.reports.paper_runs import eight_bit
from tests.reports.runs import make_run
from tests.reports.test_page import Outline

RUN = make_run(models=("net", "<b>file</b>"), launches=1)


def test_each_rewrite_says_where_it_worked_and_why_it_was_taken_back() -> None:
    run = replace(RUN, artifacts=(eight_bit(RUN.artifacts[0]), RUN.artifacts[1]), schedule=())
    words = Outline(render(run, [])).words
    assert "net fast batch_norm 52 2.1e-07 kept" in words
    assert "net fast fold_shuffle 0 2.1e-07 nothing to do" in words
    assert "net fast split_depthwise 17 – it was taken back taken back max|Δ| / max|y| was 0.031" in words
    assert "No rewrite is on record of <b>file</b> ." in words.replace("</b>.", "</b> .")


def test_an_8_bit_model_says_what_it_was_calibrated_on_and_what_it_kept() -> None:
    run = replace(RUN, artifacts=(eight_bit(RUN.artifacts[0]), RUN.artifacts[1]), schedule=())
    words = Outline(render(run, [])).words
    # 390 and 392 of 400: 97.5 and 98.0 %.
    assert "net digits, 100 images 400 99.2 97.5 95.5 – 98.6 98.0 96.1 – 99.0" in words


def test_an_8_bit_model_of_random_weights_has_no_accuracy_and_says_why() -> None:
    why = "the weights are random"
    one = eight_bit(RUN.artifacts[0])
    unknown = replace(
        one.quantisation[0],
        top1_right=None,
        float_top1_right=None,
        missing=dict.fromkeys(("top1_right", "float_top1_right"), why),
    )
    run = replace(RUN, artifacts=(replace(one, quantisation=(unknown,)),), schedule=())
    assert f"99.2 – {why} – {why}" in Outline(render(run, [])).words


def test_how_models_were_exported_is_folded_away() -> None:
    page = render(RUN, [])
    after = page.partition("<h3>How the models were exported</h3>")[2].lstrip()
    assert after.startswith("<details>\n<summary>Rewrites, model by model</summary>")
