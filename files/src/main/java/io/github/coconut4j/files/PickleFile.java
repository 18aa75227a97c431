package io.github.coconut4j.files;

import java.util.regex.Pattern;

/**
 * Recognises the files of Python's pickle format, as {@code torch.save} writes them. They can run
 * code when they are opened, so they are never read.
 */
public final class PickleFile {

  private static final Pattern NAME = Pattern.compile("(?s).*\\.(bin|ckpt|pkl|pt|pth)");

  private PickleFile() {}

  /** Whether a name or path ends like those of such files. */
  public static boolean is(String name) {
    return NAME.matcher(name).matches();
  }
}
