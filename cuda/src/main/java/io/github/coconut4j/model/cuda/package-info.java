/** The operations of {@code model.loop} on NVIDIA GPUs. The only public class is the service. */
package io.github.coconut4j.model.cuda;
