/**
 * The transformer with its latent loop: as a readable SameDiff graph, as a fused op, and as a
 * decoder that continues prompts.
 */
package io.github.coconut4j.model.latent;
