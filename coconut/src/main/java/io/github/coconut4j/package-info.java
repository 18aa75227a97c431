/** Chains of continuous thought: open a trained model from its directory and run inference. */
package io.github.coconut4j;
