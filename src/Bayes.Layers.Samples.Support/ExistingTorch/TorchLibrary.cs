using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Bayes.Layers.Samples.Support.ExistingTorch;

/// <summary>
/// A libtorch that is already on the machine, such as that of a PyTorch installation (its folder <c>torch/lib</c>). If it is loaded before the
/// first use of torch, it replaces the libtorch of the packages: a native library that is already loaded under its name is not searched for.
/// </summary>
/// <param name="Folder">The folder with the native libraries.</param>
/// <param name="Source">The option or variable that named the folder, for messages.</param>
internal sealed partial record TorchLibrary(string Folder, string Source)
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "TORCH_LIB";

    // Each needs those before it. A libtorch for the CPU does not have those for the GPU.
    private static readonly (string Name, bool IsNeeded)[] Parts =
        [("c10", true), ("torch_cpu", true), ("c10_cuda", false), ("torch_cuda", false), ("torch", true)];

    private readonly Dictionary<string, nint> _loaded = [];

    /// <summary>The library that this process uses, or null if it uses the libtorch of the packages.</summary>
    public static TorchLibrary? InUse { get; private set; }

    /// <summary>The version of libtorch that TorchSharp is built for.</summary>
    public static string ExpectedVersion { get; } =
        typeof(TorchLibrary).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == "LibTorchVersion").Value!;

    /// <summary>Returns the library that an option or, without the option, the environment names, or null if neither does.</summary>
    /// <param name="option">The option's value, or null if it was not given.</param>
    /// <param name="optionName">The option's name.</param>
    public static TorchLibrary? Named(string? option, string optionName) =>
        option is not null ? new(option, optionName)
        : Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? new(folder, Variable)
        : null;

    /// <summary>Whether the library supports CUDA.</summary>
    public bool HasCuda => File.Exists(PathOf("torch_cuda"));

    /// <summary>The version of the library, or null if it is not known.</summary>
    public string? Version => VersionOfFiles ?? VersionOfLoaded;

    private string? VersionOfFiles
    {
        get
        {
            // A PyTorch installation has its version in torch/version.py, a libtorch without PyTorch in build-version, both next to the folder.
            string? parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));
            if (parent is null)
                return null;
            string python = Path.Combine(parent, "version.py"), native = Path.Combine(parent, "build-version");
            if (File.Exists(python) && PythonVersion().Match(File.ReadAllText(python)) is { Success: true } match)
                return match.Groups[1].Value;
            return File.Exists(native) ? File.ReadAllText(native).Trim() : null;
        }
    }

    // Newer versions of libtorch return a number whose highest three bytes are major, minor and patch.
    private string? VersionOfLoaded
    {
        get
        {
            if (!_loaded.TryGetValue("torch_cpu", out nint library)
                || !NativeLibrary.TryGetExport(library, "aoti_torch_abi_version", out nint function))
                return null;
            ulong number = Marshal.GetDelegateForFunctionPointer<AbiVersion>(function)();
            return FormattableString.Invariant($"{number >> 56}.{number >> 48 & 0xff}.{number >> 40 & 0xff}");
        }
    }

    /// <summary>Loads the library into this process, for every use of torch afterwards.</summary>
    /// <exception cref="TorchLibraryException">The folder contains no libtorch, or it does not load.</exception>
    public void Load()
    {
        RequireParts();
        foreach (var (name, _) in Parts)
        {
            string path = PathOf(name);
            if (!File.Exists(path))
                continue;
            try
            {
                _loaded[name] = NativeLibrary.Load(path);
            }
            catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
            {
                throw Unusable($"{Path.GetFileName(path)} does not load: {Cause(exception)}", exception);
            }
        }
        InUse = this;
    }

    /// <summary>Requires that the folder contains a libtorch.</summary>
    /// <exception cref="TorchLibraryException">The folder contains no libtorch.</exception>
    public void RequireParts()
    {
        if (!Directory.Exists(Folder))
            throw new TorchLibraryException(
                $"{Source} is '{Folder}', which is no folder; expected the folder torch/lib of a PyTorch installation.");
        string[] missing = [.. Parts.Where(part => part.IsNeeded && !File.Exists(PathOf(part.Name))).Select(part => FileName(part.Name))];
        if (missing.Length > 0)
            throw new TorchLibraryException(
                $"{Source} is '{Folder}', which has no {string.Join(" and no ", missing)}; "
                + "expected the folder torch/lib of a PyTorch installation.");
    }

    /// <summary>Returns the error for a library that cannot be used.</summary>
    /// <param name="problem">What is wrong, without a full stop.</param>
    /// <param name="cause">The exception that was thrown.</param>
    public TorchLibraryException Unusable(string problem, Exception? cause = null) => new(
        $"The libtorch {Version ?? "of unknown version"} in '{Folder}', named by {Source}, cannot be used: {problem}. "
        + $"TorchSharp is built for libtorch {ExpectedVersion}.",
        cause);

    /// <summary>
    /// Loads TorchSharp's own library, which needs this one. Its errors are clearer than those of TorchSharp, which advise to add a package.
    /// </summary>
    /// <exception cref="TorchLibraryException">TorchSharp's library does not load.</exception>
    public void LoadTorchSharp()
    {
        string path = Path.Combine(AppContext.BaseDirectory, FileName("LibTorchSharp"));
        if (!File.Exists(path))
            return;
        try
        {
            NativeLibrary.Load(path);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw Unusable($"TorchSharp's library does not load on it: {Cause(exception)}", exception);
        }
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate ulong AbiVersion();

    private string PathOf(string name) => Path.Combine(Path.GetFullPath(Folder), FileName(name));

    private static string FileName(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    // The first line of .NET's message is general. The next one is the loader's message about the file.
    private static string Cause(Exception exception)
    {
        string[] lines = exception.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines[Math.Min(1, lines.Length - 1)].TrimEnd('.');
    }

    [GeneratedRegex("""^__version__\s*=\s*['"]([^'"]+)['"]""", RegexOptions.Multiline)]
    private static partial Regex PythonVersion();
}
