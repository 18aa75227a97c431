package io.github.coconut4j.spark;

import io.github.coconut4j.config.ConfigException;
import java.util.List;
import java.util.Locale;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/** GPUs of executors. An executor has one GPU, and its training runs on it. */
final class ExecutorGpus {

  /** System property with the number of the GPU that the CUDA module uses in this process. */
  static final String USED = "coconut4j.cuda.gpu";

  private static final String GPU = "gpu";
  private static final String OF_EXECUTOR = "spark.executor.resource.gpu.amount";
  private static final String OF_TASK = "spark.task.resource.gpu.amount";

  private ExecutorGpus() {}

  /** Gives a task its executor's GPU, and numbers GPUs by slot, as discovery scripts do. */
  static void applyTo(SparkConf conf) {
    if (conf.contains(OF_EXECUTOR)) {
      conf.setIfMissing(OF_TASK, "1");
      conf.setIfMissing("spark.executorEnv.CUDA_DEVICE_ORDER", "PCI_BUS_ID");
    }
  }

  /**
   * Checks the settings for GPUs.
   *
   * @throws ConfigException if executors have GPUs and an executor or a task does not have exactly
   *     one
   */
  static void requireUsable(SparkConf conf) {
    if (!conf.contains(OF_EXECUTOR)) {
      return;
    }
    for (String amount : List.of(OF_EXECUTOR, OF_TASK)) {
      String given = conf.get(amount, "1");
      if (!given.equals("1")) {
        throw ConfigException.of(
            amount, "1, since a training computes on one GPU,", given, "Set it to 1.");
      }
    }
  }

  /**
   * Makes this process use the GPU of a task. Call it before the process looks for GPUs.
   *
   * @return the GPU's number, or null if the task has none
   * @throws IllegalStateException if the GPU's address is not a number
   */
  static String take(TaskContext context) {
    ResourceInformation gpus = context.resourcesJMap().get(GPU);
    if (gpus == null || gpus.addresses().length == 0) {
      return null;
    }
    String address = gpus.addresses()[0];
    if (!address.matches("[0-9]{1,4}")) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "A GPU's address needs to be its number in nvidia-smi, but the discovery script gave"
                  + " %s. Make it print numbers.",
              address));
    }
    System.setProperty(USED, address);
    return address;
  }
}
