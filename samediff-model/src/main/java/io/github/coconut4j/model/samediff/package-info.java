/**
 * The readable reference: GPT-2 and the latent loop as native SameDiff operations, and the graph of
 * a model.
 */
package io.github.coconut4j.model.samediff;
