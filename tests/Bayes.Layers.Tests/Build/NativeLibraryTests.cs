using System.Buffers.Binary;
using System.Text;

namespace Bayes.Layers.Tests.Build;

/// <summary>The build's copy of TorchSharp's native library loads on older Linux. The test reads the file, so it runs on any Linux.</summary>
public sealed class NativeLibraryTests
{
    [Fact]
    public void Symbol_versions_missing_on_older_systems_are_weak()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the library is an ELF file on Linux only");
        var needs = VersionNeeds(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"))).ToArray();
        needs.Should().Contain(need => need.Name.StartsWith("GLIBCXX_", StringComparison.Ordinal));
        // Debian 12 and Ubuntu 22.04 have GLIBCXX_3.4.30: newer versions must be weak.
        needs.Where(need => IsNewerThanDebian12(need.Name)).Should().OnlyContain(need => need.IsWeak);
    }

    private static bool IsNewerThanDebian12(string name) =>
        name.StartsWith("GLIBCXX_3.4.", StringComparison.Ordinal) && int.Parse(name["GLIBCXX_3.4.".Length..]) > 30;

    private static IEnumerable<(string Name, bool IsWeak)> VersionNeeds(byte[] elf)
    {
        int sections = (int)Long(elf, 40);
        for (int s = 0; s < Short(elf, 60); s++)
        {
            int header = sections + s * Short(elf, 58);
            if (Int(elf, header + 4) != 0x6ffffffe)
                continue;
            int names = (int)Long(elf, sections + Int(elf, header + 40) * Short(elf, 58) + 24);
            int need = (int)Long(elf, header + 24);
            for (int next = -1; next != 0; need += next)
            {
                int auxiliary = need + Int(elf, need + 8);
                for (int i = 0; i < Short(elf, need + 2); i++, auxiliary += Int(elf, auxiliary + 12))
                {
                    int start = names + Int(elf, auxiliary + 8);
                    string name = Encoding.ASCII.GetString(elf, start, Array.IndexOf(elf, (byte)0, start) - start);
                    yield return (name, (Short(elf, auxiliary + 4) & 2) != 0);
                }
                next = Int(elf, need + 12);
            }
        }
    }

    private static int Short(byte[] elf, int at) => BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(at));

    private static int Int(byte[] elf, int at) => BinaryPrimitives.ReadInt32LittleEndian(elf.AsSpan(at));

    private static long Long(byte[] elf, int at) => BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(at));
}
