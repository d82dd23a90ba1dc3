using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Bayes.Layers.Numerics;

/// <summary>The native libtorch below TorchSharp, which the program must reference.</summary>
internal static class TorchBackend
{
    private static readonly Lock Loading = new();
    private static bool s_isLoaded;

    /// <summary>Refuses to begin without libtorch. TorchSharp's own error has pages about its attempts, and advice that may not apply.</summary>
    /// <param name="value">The value to return, for use in the call of a base class's constructor.</param>
    /// <exception cref="DllNotFoundException">There is no libtorch, or its version does not fit.</exception>
    public static T Required<T>(T value)
    {
        if (!s_isLoaded)
            lock (Loading)
                s_isLoaded = s_isLoaded || Load();
        return value;
    }

    private static bool Load()
    {
        // If the usual way fails, TorchSharp tries others, which work in a notebook, and writes about each to the console.
        bool isUsual = NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out _)
            && NativeLibrary.TryLoad("LibTorchSharp", typeof(torch).Assembly, null, out _);
        var output = Console.Out;
        if (!isUsual)
            Console.SetOut(TextWriter.Null);
        try
        {
            return torch.get_num_threads() > 0;
        }
        catch (Exception exception) when (exception is TypeInitializationException or NotSupportedException or DllNotFoundException
            or BadImageFormatException or EntryPointNotFoundException)
        {
            // As an inner exception they would follow the sentence on the console if nobody catches it.
            throw new DllNotFoundException(Message) { Data = { ["attempts"] = exception.ToString() } };
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
            string windows = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "win-arm64" : "win-x64";
            var (cpu, gpu) = OperatingSystem.IsWindows() ? ($"libtorch-cpu-{windows}", "TorchSharp-cuda-windows")
                : OperatingSystem.IsMacOS() ? ("libtorch-cpu-osx-arm64", null)
                : ("libtorch-cpu-linux-x64", "TorchSharp-cuda-linux");
            string alternative = gpu is null ? "" : $" or, for an NVIDIA GPU, {gpu} {sharp}";
            return $"TorchSharp finds no libtorch that fits: add the package {cpu} {Version("LibTorchVersion")}{alternative} to the program; "
                + $"TorchSharp {sharp} is built for these, and its attempts are in the data of this exception.";
        }
    }

    private static string Version(string key) =>
        typeof(TorchBackend).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == key).Value!;
}
