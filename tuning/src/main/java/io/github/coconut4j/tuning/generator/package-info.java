/** Candidate generators that propose the same candidates whenever they have the same seed. */
package io.github.coconut4j.tuning.generator;
