using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Bayes.Layers.Numerics;

/// <summary>The libtorch below TorchSharp, which the program brings.</summary>
internal static class TorchBackend
{
    private static readonly Lock Loading = new();
    private static bool s_isThere;

    /// <summary>Refuses to begin without one, in a sentence: TorchSharp's own error is pages of what it tried, and advice that need not fit.</summary>
    /// <param name="value">What is returned, so that this may stand before a base class's constructor.</param>
    /// <exception cref="DllNotFoundException">There is no libtorch, or it does not fit.</exception>
    public static T Required<T>(T value)
    {
        if (!s_isThere)
            lock (Loading)
                s_isThere = s_isThere || Load();
        return value;
    }

    private static bool Load()
    {
        // TorchSharp writes what it tries to the console where the usual way fails. In a notebook it knows another, so it is asked all the same.
        bool isUsual = NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out _) && NativeLibrary.TryLoad("LibTorchSharp", typeof(torch).Assembly, null, out _);
        var output = Console.Out;
        if (!isUsual)
            Console.SetOut(TextWriter.Null);
        try
        {
            return torch.get_num_threads() > 0;
        }
        catch (Exception exception) when (exception is TypeInitializationException or NotSupportedException or DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new DllNotFoundException(Message, exception);
        }
        finally
        {
            if (!isUsual)
                Console.SetOut(output);
        }
    }

    private static string Message
    {
        get
        {
            string sharp = Version("TorchSharpVersion");
            var (cpu, gpu) = OperatingSystem.IsWindows() ? ($"libtorch-cpu-win-{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64")}", "TorchSharp-cuda-windows")
                : OperatingSystem.IsMacOS() ? ("libtorch-cpu-osx-arm64", null)
                : ("libtorch-cpu-linux-x64", "TorchSharp-cuda-linux");
            return $"TorchSharp finds no libtorch that fits: add the package {cpu} {Version("LibTorchVersion")}{(gpu is null ? "" : $" or, for an NVIDIA GPU, {gpu} {sharp}")} to the program; "
                + $"these are what TorchSharp {sharp} is built for, and what it tried is in the inner exception.";
        }
    }

    private static string Version(string key) => typeof(TorchBackend).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == key).Value!;
}
