// NVRTC without CUDA: g++ makes a shared object of the unmodified source after cpu.h, which lies beside this library.
// That object stands for the cubin; this folder's driver loads it.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

struct Program {
  std::string source, image, log;
};
enum { SUCCESS = 0, COMPILATION = 6 };

static std::string folder() {
  Dl_info info;
  dladdr((void*)folder, &info);
  std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/'));
}

static std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

extern "C" {
int nvrtcVersion(int* major, int* minor) { *major = 13; *minor = 0; return SUCCESS; }
const char* nvrtcGetErrorString(int e) { return e == SUCCESS ? "NVRTC_SUCCESS" : "NVRTC_ERROR_COMPILATION"; }
int nvrtcCreateProgram(Program** p, const char* source, const char*, int, const char* const*, const char* const*) {
  *p = new Program{source, "", ""};
  return SUCCESS;
}
int nvrtcDestroyProgram(Program** p) { delete *p; *p = nullptr; return SUCCESS; }
int nvrtcCompileProgram(Program* p, int count, const char* const* options) {
  for (int i = 0; i < count; i++) p->log += std::string(options[i]) + "\n";
  if (getenv("SHIM_NVRTC")) return COMPILATION;
  char base[] = "/tmp/coconut-nvrtc-XXXXXX";
  if (!mkdtemp(base)) return COMPILATION;
  std::string dir = base, kernels;
  // Kernels are plain, or made by a macro for each number that it is given.
  std::regex begin("^#define (\\w+_KERNELS)\\((\\w+)\\)"), use("^(\\w+_KERNELS)\\((\\d+)\\)"),
      kernel("__global__ void (\\w+)(##\\w+)?\\(");
  std::map<std::string, std::vector<std::string>> generated;
  std::string macro;
  std::istringstream lines(p->source);
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_search(line, found, begin)) macro = found[1];
    if (std::regex_search(line, found, use))
      for (auto& name : generated[found[1]]) kernels += "CPU_KERNEL(" + name + found[2].str() + "),";
    if (std::regex_search(line, found, kernel)) {
      if (found[2].matched) generated[macro].push_back(found[1]);
      else kernels += "CPU_KERNEL(" + found[1].str() + "),";
    }
  }
  std::ofstream(dir + "/kernels.cu") << p->source;
  std::ofstream(dir + "/module.cpp")
      << "#include \"cpu.h\"\n#include \"kernels.cu\"\nstatic std::vector<cpu::Kernel> kernels = {" << kernels
      << "};\nextern \"C\" cpu::Kernel* cpu_kernel(const char* name) {\n"
         "  for (auto& k : kernels) if (!strcmp(k.name, name)) return &k;\n  return nullptr;\n}\n"
         "extern \"C\" void cpu_order(int order) { cpu::order = order; }\n";
  std::string command = "g++ -std=c++17 -O1 -U_FORTIFY_SOURCE -fno-strict-aliasing -ffp-contract=off -fPIC -shared -w -I'" + folder() + "' -I'" + dir +
                        "' -o '" + dir + "/kernels.so' '" + dir + "/module.cpp' 2> '" + dir + "/log'";
  int status = system(command.c_str());
  p->log += read(dir + "/log");
  p->image = read(dir + "/kernels.so");
  for (const char* name : {"/kernels.cu", "/module.cpp", "/kernels.so", "/log"}) unlink((dir + name).c_str());
  rmdir(base);
  return status == 0 && !p->image.empty() ? SUCCESS : COMPILATION;
}
int nvrtcGetProgramLogSize(Program* p, size_t* n) { *n = p->log.size() + 1; return SUCCESS; }
int nvrtcGetProgramLog(Program* p, char* to) { memcpy(to, p->log.c_str(), p->log.size() + 1); return SUCCESS; }
int nvrtcGetCUBINSize(Program* p, size_t* n) { *n = p->image.size(); return SUCCESS; }
int nvrtcGetCUBIN(Program* p, char* to) { memcpy(to, p->image.data(), p->image.size()); return SUCCESS; }
}
