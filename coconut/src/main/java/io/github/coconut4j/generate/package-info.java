/** Generation: batched decoding, greedy or sampled, streamed or at once. */
package io.github.coconut4j.generate;
