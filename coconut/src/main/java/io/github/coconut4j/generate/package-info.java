/** Writing answers: batched decoding, greedy or sampled, as a stream or at once. */
package io.github.coconut4j.generate;
