/** Chains of continuous thought: a trained model, opened from its directory and asked questions. */
package io.github.coconut4j;
