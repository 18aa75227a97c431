/**
 * The methods of the paper's table: how each builds a training sequence and a prompt from a
 * problem. What a latent position receives is the only other difference between them.
 */
package io.github.coconut4j.method;
