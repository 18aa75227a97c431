/** The layer operations on NVIDIA GPUs; no public API but the service. */
package io.github.coconut4j.model.cuda;
