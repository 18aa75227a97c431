/**
 * The methods of the paper's table: how each builds a training sequence and a prompt from a
 * problem. The only other difference between them is the input of latent positions.
 */
package io.github.coconut4j.method;
