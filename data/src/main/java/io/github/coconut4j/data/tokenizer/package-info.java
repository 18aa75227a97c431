/** Conversion between text and token ids with any Hugging Face {@code tokenizer.json}. */
package io.github.coconut4j.data.tokenizer;
