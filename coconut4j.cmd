@echo off
rem Runs Coconut4j's command line on Windows. In a checkout it builds it first where there is no build; after a change of
rem the sources, delete the folder target\launcher.
rem
rem JAVA_HOME       the Java to run with, 17 or newer (in a checkout a JDK); without it, the java on the PATH
rem COCONUT4J_OPTS  further options for Java, e.g. -Xmx8g
rem SPARK_HOME      for commands with the option for Spark: an unpacked Spark, whose jars are used; without it, in a checkout,
rem                 Maven's
rem
rem Paths may hold any sign: they stand in quotes, and never within a block of parentheses.
setlocal EnableExtensions DisableDelayedExpansion
set "root=%~dp0"

rem cmd parts arguments at = too, so that --spark=local is two of them here; a comma needs quotes. Only delayed expansion
rem compares one that has quotes within.
setlocal EnableDelayedExpansion
set "spark="
:arguments
set "argument=%~1"
if "!argument!"=="" goto perhaps_last
if "!argument!"=="--spark" set "spark=%~2"
set "start=%argument:~0,8%"
if "!start!"=="--spark=" set "spark=%argument:~8%"
:next
shift
goto arguments
:perhaps_last
if not [%1]==[] goto next
endlocal & set "spark=%spark%"

set "java=java.exe"
if not defined JAVA_HOME goto version
set "java=%JAVA_HOME:"=%\bin\java.exe"
if exist "%java%" goto version
echo coconut4j: JAVA_HOME is "%JAVA_HOME:"=%", where there is no bin\java.exe. Set it to a Java 17 or newer, or unset it. 1>&2
exit /b 1

:version
set "version="
for /f "tokens=2,3" %%u in ('^""%java%" -version 2^>^&1^"') do if "%%u"=="version" set "version=%%~v"
if defined version goto major
echo coconut4j: Java 17 or newer is needed and there is none on the PATH. Install one, or set JAVA_HOME to it. 1>&2
exit /b 1
:major
for /f "delims=.-+" %%v in ("%version%") do set "major=%%v"
if %major% geq 17 goto libraries
echo coconut4j: Java 17 or newer is needed and "%java%" is version %version%. Set JAVA_HOME to a newer one. 1>&2
exit /b 1

:libraries
set "java_options=-Djdk.console=java.base"
if %major% geq 23 set "java_options=%java_options% --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"

set "libraries=%root%lib"
if exist "%libraries%\" goto distribution
set "libraries=%root%target\launcher\windows"
set "profiles="
if not defined spark goto find
set "libraries=%libraries%-spark"
set "profiles=-Pspark"
if defined SPARK_HOME goto find
rem Spark itself too, where none is installed.
set "libraries=%libraries%-core"
set "profiles=-Pspark,spark-core"

:find
if exist "%libraries%\" goto run
set "maven="
for %%m in (mvn.cmd mvn.exe) do if not "%%~$PATH:m"=="" set "maven=%%m"
if defined maven goto build
echo coconut4j: Maven 3.8 or newer is needed to build, and there is no mvn on the PATH. Install it. 1>&2
exit /b 1
:build
echo coconut4j: building; the first time Maven downloads the libraries 1>&2
rem What a build that failed has left.
if exist "%libraries%-new\" rmdir /s /q "%libraries%-new"
pushd "%root%"
call %maven% -q -B -Dquick %profiles% -Dmaven.test.skip=true -pl distribution -am package dependency:copy-dependencies ^
  -DincludeScope=runtime "-DoutputDirectory=%libraries%-new" 1>&2
set "status=%errorlevel%"
popd
if "%status%"=="0" goto built
echo coconut4j: the build failed; its output stands above. 1>&2
exit /b 1
:built
move "%libraries%-new" "%libraries%" >nul
goto run

:distribution
if not defined spark goto run
if defined SPARK_HOME goto run
echo coconut4j: Spark is not part of this archive. Set SPARK_HOME to an unpacked Spark 4.1 (https://spark.apache.org/downloads.html). 1>&2
exit /b 1

:run
set "classes=%libraries%\*"
if not defined spark goto start
call :use_spark
if errorlevel 1 exit /b 1

:start
if not defined OMP_WAIT_POLICY set "OMP_WAIT_POLICY=PASSIVE"
"%java%" %java_options% -XX:+UseSerialGC -Xmn32m -XX:MaxRAMPercentage=20 ^
  -Dorg.bytedeco.javacpp.maxbytes=300%% -Dorg.bytedeco.javacpp.maxphysicalbytes=0 ^
  -Dorg.bytedeco.javacpp.logger=slf4j -Dfile.encoding=UTF-8 %COCONUT4J_OPTS% ^
  -cp "%classes%" io.github.coconut4j.cli.Main %*
exit /b %errorlevel%

rem Spark's jars come first, as in its executors.
:use_spark
if defined SPARK_HOME goto installed_spark
rem Workers of local-cluster look there for jars to add to the executors' class path.
if not exist "%libraries%-home\jars\" mkdir "%libraries%-home\jars"
set "SPARK_HOME=%libraries%-home"
goto spark_options
:installed_spark
if exist "%SPARK_HOME%\jars\" goto spark_first
echo coconut4j: SPARK_HOME is "%SPARK_HOME%", where there is no folder jars. Set it to an unpacked Spark 4.1. 1>&2
exit /b 1
:spark_first
set "classes=%SPARK_HOME%\jars\*;%classes%"
:spark_options
if not defined SPARK_SCALA_VERSION set "SPARK_SCALA_VERSION=2.13"
rem Master and workers of this process are nobody else's.
if "%spark:~0,5%"=="local" if not defined SPARK_LOCAL_IP set "SPARK_LOCAL_IP=127.0.0.1"
rem What Spark opens to itself under spark-submit. One logger, the command line's, of the two that are there.
set "java_options=%java_options% -Dslf4j.provider=org.slf4j.simple.SimpleServiceProvider"
for %%p in (java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent sun.nio.ch sun.security.action) do call set "java_options=%%java_options%% --add-opens=java.base/%%p=ALL-UNNAMED"
exit /b 0
