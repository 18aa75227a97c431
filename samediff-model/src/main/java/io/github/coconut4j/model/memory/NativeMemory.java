package io.github.coconut4j.model.memory;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.bytedeco.javacpp.Pointer;

/** The amount of memory that arrays may take. */
public final class NativeMemory {

  private NativeMemory() {}

  /**
   * The most memory this process may use, in bytes: the machine's or container's memory, or
   * JavaCPP's limit ({@code -Dorg.bytedeco.javacpp.maxPhysicalBytes}) if that is lower.
   */
  public static long limit() {
    long machine =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    long javacpp = Pointer.maxPhysicalBytes();
    return javacpp > 0 ? Math.min(machine, javacpp) : machine;
  }
}
