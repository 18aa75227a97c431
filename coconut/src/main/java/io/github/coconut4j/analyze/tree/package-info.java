/**
 * The latent search tree: the probabilities of next steps after each thought, and their
 * distribution over the nodes at that distance from the root (arXiv 2412.06769, sections 5.2 and
 * 5.3).
 */
package io.github.coconut4j.analyze.tree;
