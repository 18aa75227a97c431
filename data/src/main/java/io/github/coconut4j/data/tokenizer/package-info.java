/** From text to token ids and back, by any Hugging Face {@code tokenizer.json}. */
package io.github.coconut4j.data.tokenizer;
