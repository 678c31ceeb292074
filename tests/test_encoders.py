"""Other encoders: the public base with its vocabulary trimmed, and one of another tokenizer; both tiny and local."""

import json

import pytest
import torch
from tiny import BAD, GOOD, RECIPE, quiet, write_datasets
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, PreTrainedTokenizerFast

from domain.errors import BadInput, ModelMissing
from nlp import Classifier
from nlp.training.run import run
from nlp.training.trim import trim

TEXTS = ["غذا خیلی خوب بود", "پیک دیر کرد 😡", "app عالی بود", "نمی‌ارزه ۲۰ تومن"]


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    return write_datasets(tmp_path_factory.mktemp("datasets"))


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory):
    """A BERT with a Unigram tokenizer of several languages: multilingual-e5-small in small."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    folder = tmp_path_factory.mktemp("multilingual")
    words = [
        "غذا",
        "خیلی",
        "خوب",
        "بود",
        "پیک",
        "دیر",
        "کرد",
        "عالی",
        "app",
        "good",
        "привет",
        "世界",
        "你好",
        "мир",
        "سرد",
    ]
    letters = sorted(set("".join(TEXTS) + "абвгд世界abcdefgpro"))
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [(f"▁{word}", -5.0 - place / 10) for place, word in enumerate(words)]
    pieces += [("▁", -9.0), *((letter, -12.0) for letter in letters if letter.strip())]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3))
    tokenizer.normalizer = normalizers.Replace("\u200c", " ")
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    special = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    _tiny_bert(len(pieces), pad=1).save_pretrained(folder)
    return folder


def _tiny_bert(words: int, pad: int) -> BertModel:
    shape = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64}
    return BertModel(
        BertConfig(vocab_size=words, pad_token_id=pad, initializer_range=0.3, **shape), add_pooling_layer=False
    )


def _embedding(folder, text):
    tokenizer, model = (
        AutoTokenizer.from_pretrained(folder),
        AutoModel.from_pretrained(folder, dtype=torch.float32).eval(),
    )
    with torch.inference_mode():
        return tokenizer.tokenize(text), model(**tokenizer(text, return_tensors="pt")).last_hidden_state


def test_trimming_drops_other_languages_and_changes_no_persian_answer(multilingual, tmp_path):
    small = trim(str(multilingual), TEXTS, tmp_path / "small", latin=1)
    before, after = (
        json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"] for folder in (multilingual, small)
    )
    kept = {piece for piece, _ in after}
    assert len(after) < len(before)
    assert {"▁привет", "▁世界", "мир"}.isdisjoint(kept)
    assert {"<s>", "<pad>", "</s>", "<unk>", "▁سرد", "▁app", "😡", "▁"} <= kept
    for text in (*TEXTS, "غذا سرد بود"):
        (words, states), (same_words, same_states) = _embedding(multilingual, text), _embedding(small, text)
        assert words == same_words
        assert torch.allclose(states, same_states, atol=1e-6)


def test_only_unigram_vocabularies_are_trimmed(wordpiece, tmp_path):
    with pytest.raises(BadInput, match="WordPiece"):
        trim(str(wordpiece), TEXTS, tmp_path)


@pytest.fixture(scope="module")
def wordpiece(tmp_path_factory):
    """A BERT with a WordPiece tokenizer and no tokenizer.json: ParsBERT in small, as it lies on the hub."""
    folder = tmp_path_factory.mktemp("wordpiece")
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        "غذا",
        *GOOD,
        *BAD,
        *(f"##{digit}" for digit in range(10)),
        *map(str, range(10)),
    ]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer", "do_lower_case": false}')
    _tiny_bert(len(words), pad=0).save_pretrained(folder)
    return folder


def test_another_encoder_trains_and_is_loaded_by_name(wordpiece, datasets, tmp_path, monkeypatch):
    folder = tmp_path / "models" / "parsbert"
    folder.mkdir(parents=True)
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    run(folder, str(wordpiece), datasets, quiet)
    for engine in ("onnx", "torch"):
        good, bad = Classifier.load(folder, engine).predict(["عالی خوشمزه راضی خوب", "سرد خراب دیر بد"])
        assert (good.sentiment, bad.sentiment) == ("positive", "negative")
    monkeypatch.setattr(
        "huggingface_hub.snapshot_download", lambda name: str(folder) if name == "someone/parsbert" else 1 / 0
    )
    assert Classifier.load("someone/parsbert").version == Classifier.load(folder).version
    with pytest.raises(ModelMissing, match="hub"):
        Classifier.load("someone/else")


def test_the_public_base_is_trimmed_once_when_no_other_is_given(multilingual, datasets, tmp_path, monkeypatch):
    monkeypatch.setattr("nlp.training.trim.LARGE", 20)
    folder = tmp_path / "fromhub"
    folder.mkdir()
    recipe = RECIPE.replace('"nobody/nothing"', f'"{multilingual}"').replace("trim = false", "trim = true")
    (folder / "recipe.toml").write_text(recipe.replace("epochs = 10", "epochs = 1"), encoding="utf-8")
    run(folder, "", datasets, quiet)
    (trimmed,) = (folder / "checkpoints").glob("base-*")
    assert (trimmed / "model.safetensors").is_file()
    assert (folder / "model.int8.onnx").is_file()


def test_an_encoder_of_another_shape_is_refused(tmp_path):
    from nlp.training.network import build

    (tmp_path / "config.json").write_text('{"model_type": "gpt2", "architectures": ["GPT2Model"]}')
    with pytest.raises(BadInput, match="BERT-shaped"):
        build(str(tmp_path), [0], 0.1)


def test_a_small_reader_learns_from_a_big_one(wordpiece, datasets, tmp_path, monkeypatch):
    models = tmp_path / "models"
    for name in ("big", "small"):
        (models / name).mkdir(parents=True)
    (models / "big" / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    lesson = '[teacher]\nteacher = "big"\nteacher_weight = 1.0\n[calibration]'
    small = RECIPE.replace("layers = [0, 1]", "layers = [0]").replace("[calibration]", lesson)
    (models / "small" / "recipe.toml").write_text(small, encoding="utf-8")
    monkeypatch.setattr("nlp.training.run.ROOT", tmp_path)
    monkeypatch.setattr("nlp.training.teachers.ROOT", tmp_path)
    with pytest.raises(BadInput, match="shenava train"):
        run(models / "small", "", datasets, quiet)
    run(models / "big", str(wordpiece), datasets, quiet)
    run(models / "small", "", datasets, quiet)
    good, bad = Classifier.load(models / "small").predict(["عالی خوشمزه راضی خوب", "سرد خراب دیر بد"])
    assert (good.sentiment, bad.sentiment) == ("positive", "negative")
    before = (models / "small" / "model.safetensors").read_bytes()
    (models / "big" / "recipe.toml").write_text(RECIPE.replace("seed = 1", "seed = 2"), encoding="utf-8")
    run(models / "big", str(wordpiece), datasets, quiet)
    run(models / "small", "", datasets, quiet)
    assert (models / "small" / "model.safetensors").read_bytes() != before, "another teacher, another training"


def test_half_replaced_files_are_not_read(wordpiece, datasets, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    run(folder, str(wordpiece), datasets, quiet)
    with (folder / "model.int8.onnx").open("ab") as file:
        file.write(b"of another training")
    with pytest.raises(ModelMissing, match="not of one training"):
        Classifier.load(folder)
