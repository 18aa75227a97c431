package io.github.coconut4j.data;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where symbolic links lead, also where nothing is yet. */
public final class SymbolicLinks {

  /** As many as Linux follows. */
  private static final int MAX_LINKS = 40;

  private SymbolicLinks() {}

  /**
   * The absolute path at the end of all links; the path itself where it is none. Links to open
   * files ({@code /dev/stdout}) are followed to the last, whose target need not be a path.
   *
   * @throws IOException if a link cannot be read, or they lead in a circle
   */
  public static Path follow(Path path) throws IOException {
    Path place = path.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(place) && !isOpenFile(place); links++) {
      if (links == MAX_LINKS) {
        throw new FileSystemException(path.toString(), null, "its symbolic links have no end");
      }
      place = place.resolveSibling(Files.readSymbolicLink(place));
    }
    return place;
  }

  /** Linux shows what a process has open as links in /proc. */
  static boolean isOpenFile(Path place) throws IOException {
    Path folder = place.getParent();
    return folder != null && Files.exists(folder) && folder.toRealPath().startsWith("/proc");
  }
}
