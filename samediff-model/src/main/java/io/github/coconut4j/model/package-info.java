/** A GPT-2 transformer for continuous thoughts, and its Hugging Face model directory. */
package io.github.coconut4j.model;
