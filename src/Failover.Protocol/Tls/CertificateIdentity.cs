using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Failover.Protocol.Mapping;

namespace Failover.Protocol.Tls;

/// <summary>What the holder of a certificate is. Zero may do nothing.</summary>
public enum CertificateRole
{
    Unknown = 0,

    /// <summary>May give orders.</summary>
    Coordinator = 1,

    /// <summary>Is the agent of the node that the certificate names.</summary>
    Peer = 2,

    /// <summary>May look.</summary>
    Observer = 3,
}

/// <summary>Who a certificate says that its holder is. Says nothing about whether the certificate is trusted.</summary>
/// <param name="Name">1 to 64 of <c>a-z 0-9 -</c>; a peer's is its node's name.</param>
public sealed record CertificateIdentity(string Name, CertificateRole Role)
{
    private const string CommonName = "2.5.4.3";
    private const string OrganizationalUnit = "2.5.4.11";

    /// <summary>
    /// Reads exactly one CN (the name) and exactly one OU (the role). Null when either is missing, double, in one set with another, or not one
    /// that we know: a subject that can be read in two ways is nobody's.
    /// </summary>
    public static CertificateIdentity? TryRead(X509Certificate2 certificate)
    {
        string? name = null;
        string? unit = null;
        try
        {
            foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
            {
                if (part.HasMultipleElements)
                {
                    return null;
                }
                switch (part.GetSingleElementType().Value)
                {
                    case CommonName when name is null:
                        name = part.GetSingleElementValue() ?? "";
                        break;
                    case OrganizationalUnit when unit is null:
                        unit = part.GetSingleElementValue() ?? "";
                        break;
                    case CommonName or OrganizationalUnit:
                        return null;
                }
            }
        }
        catch (CryptographicException)
        {
            return null;
        }
        return name is not null && Field.IsName(name) && TryParseRole(unit, out var role) ? new CertificateIdentity(name, role) : null;
    }

    /// <summary>The OU that a role is written as.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no certificate for an unknown role.</exception>
    public static string UnitOf(CertificateRole role) => role switch
    {
        CertificateRole.Coordinator => "coordinator",
        CertificateRole.Peer => "peer",
        CertificateRole.Observer => "observer",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "no such role"),
    };

    /// <summary>Reads a role as it is written in a certificate or typed by a person.</summary>
    public static bool TryParseRole([NotNullWhen(true)] string? text, out CertificateRole role)
    {
        role = text switch
        {
            "coordinator" => CertificateRole.Coordinator,
            "peer" => CertificateRole.Peer,
            "observer" => CertificateRole.Observer,
            _ => CertificateRole.Unknown,
        };
        return role != CertificateRole.Unknown;
    }

    public override string ToString() => $"{(Role == CertificateRole.Unknown ? "unknown" : UnitOf(Role))} {Name}";
}
