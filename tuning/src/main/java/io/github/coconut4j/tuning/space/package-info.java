/** Arbiter's parameter spaces over a training configuration. */
package io.github.coconut4j.tuning.space;
