/**
 * Forced and altered thoughts: a batch of questions is read once and continued after any number of
 * latents, each of which can be read or replaced before it is fed back.
 */
package io.github.coconut4j.analyze.thought;
