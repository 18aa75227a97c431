/** Token sequences and the padded batches a latent transformer is trained on. */
package io.github.coconut4j.data.batch;
