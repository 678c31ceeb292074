"""Training, whole and small: a tiny encoder of random weights goes the real road to a checkpoint."""

import json

import numpy as np
import pytest
import torch
from tiny import BAD, GOOD, RECIPE, annotation, quiet, write_datasets

from domain.errors import BadInput
from domain.vocabulary import Sentiment
from nlp import Classifier
from nlp.checkpoint import Calibration
from nlp.evaluation.metrics import calibration_error
from nlp.heads import HEADS, keys
from nlp.training.calibrate import calibrate
from nlp.training.data import MARKS, SLICES, Example, annotated, annotation_target, marked, split
from nlp.training.losses import corrected, mark_losses, row_losses, transitions
from nlp.training.recipe import read_recipe
from nlp.training.run import run
from nlp.training.slips import misspelt, romanised


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    return write_datasets(tmp_path_factory.mktemp("datasets"))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("base")
    words = ["<s>", "<pad>", "</s>", "<unk>", "غذا", *GOOD, *BAD]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    special = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=64,
        pad_token_id=1,
        initializer_range=0.3,  # small weights would need many more steps to tell words apart
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, datasets, base):
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    run(folder, str(base), datasets, quiet)
    return folder


def test_a_recipe_becomes_a_checkpoint_with_metrics_and_a_card(checkpoint):
    assert {"config.json", "model.safetensors", "model.int8.onnx", "tokenizer.json", "metrics.json", "README.md"} <= {
        path.name for path in checkpoint.iterdir()
    }
    metrics = json.loads((checkpoint / "metrics.json").read_text(encoding="utf-8"))
    model, plain = metrics["suites"]["cx"], metrics["baselines"]["cx"]
    assert model["sentiment"]["macro_f1"] > plain["majority"]["sentiment"]["macro_f1"]
    assert plain["tfidf"]["sentiment"]["macro_f1"] > 0.9
    low, high = model["sentiment"]["macro_f1_interval"]
    assert 0 <= low <= model["sentiment"]["macro_f1"] <= high <= 1
    assert len(metrics["loss_by_epoch"]) == 12 and metrics["loss_by_epoch"][-1] < metrics["loss_by_epoch"][0]
    assert metrics["data"]["cx/test"] and metrics["versions"]["torch"]
    assert "majority" in (checkpoint / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_it_learned_what_the_texts_say(checkpoint, engine):
    good, bad = Classifier.load(checkpoint, engine).predict(["عالی خوشمزه راضی خوب", "سرد خراب دیر بد"])
    assert (good.sentiment, bad.sentiment) == ("positive", "negative")


def test_a_second_training_continues_and_gives_the_same(checkpoint, datasets, base):
    before = (checkpoint / "model.safetensors").read_bytes()
    run(checkpoint, str(base), datasets, quiet)
    assert (checkpoint / "model.safetensors").read_bytes() == before


def test_targets_follow_the_annotation():
    target = annotation_target(
        annotation(1) | {"touchpoints": ["delivery", "staff"], "sensory": "both", "intents": ["warn"]}
    )
    held = {key: float(value) for key, value in zip(keys(), target, strict=True) if value}
    assert held["touchpoint:delivery"] > held["touchpoint:staff"] > 0
    assert held["sensory:positive"] == held["sensory:negative"] == held["intent:warn"] == 1
    assert target[SLICES["sentiment"]].sum() == 1
    assert len(target) == sum(len(head.labels) for head in HEADS)


def test_who_was_asked_only_for_sentiment_teaches_only_sentiment():
    target = torch.from_numpy(np.stack([annotation_target({"sentiment": "mixed"}), annotation_target(annotation(1))]))
    logits = torch.zeros(target.shape, requires_grad=True)
    part, whole = row_losses(logits, target, torch.ones(target.shape[1]))
    assert part.item() == pytest.approx(float(np.log(4))) and whole.item() > part.item()
    part.backward()
    taught = logits.grad[0].nonzero().flatten().tolist()
    assert taught == list(range(*SLICES["sentiment"].indices(target.shape[1])))


def test_a_teacher_is_corrected_where_the_annotator_says_otherwise():
    truth = annotation_target(annotation(1) | {"sentiment": "negative", "sensory": "positive", "intents": []})
    scores = np.clip(truth, 0.1, 0.8)
    scores[SLICES["sentiment"]] = [0.1, 0.2, 0.1, 0.6]
    scores[SLICES["sensory"]] = [0.3, 0.4]
    goal = corrected(scores, truth)
    assert (goal[SLICES["sentiment"]] == truth[SLICES["sentiment"]]).all()
    assert goal[SLICES["sensory"]].tolist() == pytest.approx([1.0, 0.4])
    assert goal[SLICES["intent"]].tolist() == pytest.approx(scores[SLICES["intent"]].tolist()), "right, if unsure"
    unasked = corrected(scores, annotation_target({"sentiment": "negative"}))
    assert unasked[SLICES["sensory"]].tolist() == pytest.approx([0.3, 0.4])


def test_the_split_never_moves(datasets):
    examples = annotated(datasets / "cx" / "train.jsonl.gz")
    train, dev = split(examples, 0.3)
    again, _ = split(examples[::-1], 0.3)
    assert {e.id for e in train} == {e.id for e in again} and dev
    assert not {e.id for e in train} & {e.id for e in dev}


def test_killed_after_any_epoch_it_ends_the_same(tmp_path, datasets, base, checkpoint, monkeypatch):
    """The run dies in its third epoch, between two steps; the next one goes on where a whole epoch ended."""
    from nlp.training import train as module

    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    keep, kept = module.State.keep, []

    def dies(state, last, done, curve):
        keep(state, last, done, curve)
        kept.append(done)
        if done == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(module.State, "keep", dies)
    with pytest.raises(KeyboardInterrupt):
        run(folder, str(base), datasets, quiet)
    monkeypatch.setattr(module.State, "keep", keep)
    run(folder, str(base), datasets, quiet)
    assert kept == [1, 2, 3]
    assert (folder / "model.safetensors").read_bytes() == (checkpoint / "model.safetensors").read_bytes()


def test_what_a_mark_means_is_counted_on_texts_that_have_both(datasets):
    read = annotated(datasets / "cx" / "train.jsonl.gz")
    shares = transitions(read, marked(datasets, "deepsentipers"))["deepsentipers"]
    rows = dict(zip(Sentiment, shares, strict=True))
    assert rows["negative"].argmax() == MARKS.index("neg") and rows["positive"].argmax() == MARKS.index("pos")
    assert shares.sum(-1) == pytest.approx(np.ones(4)) and (shares > 0).all()


def test_a_happy_smiley_teaches_mixed_where_happy_people_write_mixed_texts():
    likely = torch.tensor([[0.9, 0.1, 0.5, 0.1]])  # of the mark, under positive, negative, mixed, neutral
    sentiment = SLICES["sentiment"]
    losses = {}
    for place, label in enumerate(Sentiment):
        logits = torch.zeros(1, len(keys()))
        logits[0, sentiment.start + place] = 5.0
        losses[str(label)] = mark_losses(logits, likely).item()
    assert losses["positive"] < losses["mixed"] < losses["negative"]


def test_a_slip_of_the_thumb_changes_one_place():
    rng = np.random.default_rng(0)
    for text in ("غذا خیلی خوشمزه بود", "نمی\u200cخواهم", "ok", ""):
        slip = misspelt(text, rng)
        assert abs(len(slip) - len(text)) <= 1


def test_some_words_are_read_in_latin_letters():
    text = "غذا خیلی خوب بود, نخریدش"
    read = {romanised(text, np.random.default_rng(seed)) for seed in range(40)}
    words = [form.split(" ") for form in read]
    assert all(len(form) == 5 and form[-1] == "نخریدش" for form in words)
    assert {"خیلی", "kheili", "kheyli"} < {form[1] for form in words}
    assert any(form[3] in ("bood,", "bud,", "bod,") for form in words)


def test_calibration_makes_probabilities_true_and_finds_rare_labels():
    rng = np.random.default_rng(3)
    dev, rows = [], []
    for number in range(2000):
        target = annotation_target(annotation(number))
        dev.append(Example(str(number), "", target))
        rows.append(8 * (target - 0.5) + rng.normal(0, 5, len(target)))  # far too sure of itself
    logits = np.array(rows, np.float32)
    plain = Calibration({head.name: 1.0 for head in HEADS}, {}, 1.0, 0.5, 0.0)
    chosen = calibrate(logits, dev, 0.9)
    where = SLICES["sentiment"]
    truth = np.stack([example.target[where] for example in dev]).argmax(-1)

    def error(calibration):
        p = calibration.probabilities(logits)[:, where]
        return calibration_error(p.max(-1), p.argmax(-1) == truth)

    assert error(chosen) < 0.05 < error(plain)
    assert chosen.temperatures["sentiment"] > 1.5


def test_without_need_no_label_is_pushed():
    rng = np.random.default_rng(5)
    dev, rows = [], []
    for number in range(300):
        target = annotation_target(annotation(number))
        dev.append(Example(str(number), "", target))
        rows.append(12 * (target - 0.5) + rng.normal(0, 0.1, len(target)))
    chosen = calibrate(np.array(rows, np.float32), dev, 0.9)
    assert set(chosen.leaning.values()) == {1.0}


@pytest.mark.parametrize(("text", "words"), [("", "layers"), ("[model]\nlayer = 1", "layers"), ("[", "Recipe")])
def test_a_bad_recipe_says_what_is_wrong(tmp_path, text, words):
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=words):
        read_recipe(tmp_path)


def test_without_data_it_says_where_to_put_it(tmp_path):
    with pytest.raises(BadInput, match="SHENAVA_DATASETS"):
        annotated(tmp_path / "cx" / "train.jsonl.gz")
