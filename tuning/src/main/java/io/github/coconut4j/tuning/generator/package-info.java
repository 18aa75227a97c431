/** Candidate generators that propose the same candidates for the same seed. */
package io.github.coconut4j.tuning.generator;
