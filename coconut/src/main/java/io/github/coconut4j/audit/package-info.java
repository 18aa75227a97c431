/**
 * Published claims about latent reasoning as tests: each is measured on a model and on controls
 * that differ only in the training method. {@link io.github.coconut4j.audit.Audit} runs all of
 * them.
 */
package io.github.coconut4j.audit;
