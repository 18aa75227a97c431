/**
 * The latent search tree: what a model would name as its next step after each thought, and how it
 * spreads over the nodes that are that far from the root (arXiv 2412.06769, sections 5.2 and 5.3).
 */
package io.github.coconut4j.analyze.tree;
