/**
 * Training objectives besides the cross-entropy: self-distillation (CODI, PCCoT), step supervision
 * (SIM-CoT), frontier supervision.
 */
package io.github.coconut4j.model.objective;
