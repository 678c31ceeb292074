"""THE WORDS: vocabulary, nouns, settings and errors. Imports nothing of ours."""
